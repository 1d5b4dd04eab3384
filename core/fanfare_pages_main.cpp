// Run by the build: writes the manual pages and the completion of shells below a directory, as they are installed.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "cli/completion.hpp"
#include "cli/manual.hpp"

namespace {

bool Write(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (!out) std::fprintf(stderr, "fanfare_pages: cannot write %s\n", file.c_str());
    return static_cast<bool>(out);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s DIRECTORY DATE\n", argv[0]);
        return 64;
    }
    const std::filesystem::path share = argv[1];
    // The page of a command that is gone must go too.
    std::filesystem::remove_all(share / "man");
    bool good = Write(share / "man/man1/fanfare.1", fanfare::cli::FormatOverview(argv[2]));
    for (const fanfare::cli::Command& command : fanfare::cli::Commands()) {
        good &= Write(share / "man/man1" / (fanfare::cli::PageName(command) + ".1"),
                      fanfare::cli::FormatManual(command, argv[2]));
    }
    good &= Write(share / "bash-completion/completions/fanfare", fanfare::cli::FormatBashCompletion());
    good &= Write(share / "zsh/vendor-completions/_fanfare", fanfare::cli::FormatZshCompletion());
    return good ? 0 : 74;
}
