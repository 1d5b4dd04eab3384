// One crash image: a directory with what the disk may hold.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "power/disk.hpp"

namespace fanfare::power {

// What became of the writes that no sync covers.
enum class Tear { kNone, kAll, kSubset, kSectors };

// Makes `directory` hold exactly the image. Throws std::runtime_error if it cannot.
void BuildImage(const Disk& disk, Model model, Tear tear, std::mt19937_64& random, const std::string& directory);

}  // namespace fanfare::power
