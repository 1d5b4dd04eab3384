// What the file of a shared library says of itself, read without loading it.
//
// Source: System V ABI, Generic ABI 4.1, chapters 4 and 5; Linux Standard Base 5.0, 11.7 (symbol versions).
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace fanfare::conformance {

struct ElfFile {
    std::vector<std::string> exports;   // symbols that others see, without those that a linker adds by itself
    std::vector<std::string> unique;    // of them: one for the whole process, whoever loads it (STB_GNU_UNIQUE)
    std::vector<std::string> needed;    // libraries, as DT_NEEDED has them
    std::vector<std::string> versions;  // of symbols it needs: "GLIBC_2.34", "GLIBCXX_3.4.30"
    bool has_text_relocations = false;
    bool has_executable_stack = false;
};

// Errors: kInvalid if it is not a shared library for this machine, or damaged; kIo. Message without a subject.
base::Result<ElfFile> ReadElf(const std::string& path);

}  // namespace fanfare::conformance
