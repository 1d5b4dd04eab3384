// libFuzzer over fanfare.toml: no crash, and every fault has its place in the file and a message.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "config/config.hpp"

namespace {

// Alone in a directory of its own: nothing beside it is read.
std::string MakeDirectory() {
    std::string pattern = "/tmp/fanfare-config-fuzz.XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    return pattern;
}

class Place {
public:
    Place() : directory_(MakeDirectory()) {}
    ~Place() {
        unlink(file().c_str());
        rmdir(directory_.c_str());
    }
    std::string file() const { return directory_ + "/fanfare.toml"; }

private:
    const std::string directory_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    static const Place place;
    std::ofstream(place.file(), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(count));
    const auto loaded = fanfare::config::Load(place.file());
    for (const auto& diagnostic : loaded.diagnostics) {
        if (diagnostic.message.empty() || diagnostic.where.file.empty()) std::abort();
        for (const char c : fanfare::config::Format(diagnostic)) {
            if (c == '\x1b' || c == '\0') std::abort();
        }
    }
    return 0;
}
