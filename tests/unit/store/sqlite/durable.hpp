// What the tests of the durable store share: opening it, and looking at its files from outside.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "store/sqlite/controls.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "unit/store/conformance.hpp"

namespace fanfare::store::sqlite {

inline Options MakeOptions(const std::string& directory) {
    Options options;
    options.directory = directory;
    options.ballast_bytes = 1 << 20;
    return options;
}

inline Factory MakeDurable(Controls controls = {}) {
    return {"sqlite", true, [controls](const std::string& directory, const base::Clock& clock) -> std::unique_ptr<Store> {
                auto store = OpenWith(MakeOptions(directory), clock, controls);
                if (!store) {
                    ADD_FAILURE() << store.error().message;
                    std::abort();
                }
                return *std::move(store);
            }};
}

inline std::string ReadFile(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

inline void WriteFile(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

class DurableStore : public testing::Test {
protected:
    std::string path(const std::string& file = "") const { return dir.path() + "/store" + (file.empty() ? "" : "/" + file); }

    std::unique_ptr<Fixture> OpenAt(const std::string& directory) { return std::make_unique<Fixture>(MakeDurable(), directory, clock); }
    std::unique_ptr<Fixture> Reopen() { return OpenAt(path()); }

    base::Error OpenError(Options options) {
        const auto store = sqlite::Open(std::move(options), clock);
        if (!store) return store.error();
        ADD_FAILURE() << "it opened";
        return {};
    }
    base::Error OpenError() { return OpenError(MakeOptions(path())); }

    // What a process that is killed now leaves behind.
    std::string Image() {
        const std::string image = dir.path() + "/image" + std::to_string(++images_);
        std::filesystem::create_directory(image);
        std::filesystem::permissions(image, std::filesystem::perms::owner_all);
        for (const char* const file : {"fanfare.db", "fanfare.db-wal", "hwm"}) {
            std::filesystem::copy(path(file), image + "/" + file);
        }
        return image;
    }

    TempDir dir;
    ManualClock clock;

private:
    int images_ = 0;
};

}  // namespace fanfare::store::sqlite
