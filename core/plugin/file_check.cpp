#include "plugin/file_check.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace fanfare::plugin {
namespace {

namespace fs = std::filesystem;

class File {
public:
    explicit File(const char* path) : fd_(open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) {}
    ~File() {
        if (fd_ >= 0) close(fd_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int fd() const { return fd_; }

private:
    const int fd_;
};

base::Error Refuse(std::string why) { return base::MakeError(base::Code::kConfig, std::move(why)); }

base::Error CannotRead(const std::string& path) {
    return Refuse("cannot read " + path + ": " + std::generic_category().message(errno));
}

base::Status CheckOwner(const std::string& path, const struct stat& status) {
    if (status.st_uid == 0 || status.st_uid == geteuid()) return {};
    return Refuse(path + " belongs to user " + std::to_string(status.st_uid) +
                  ", who could run any code as this process; run: chown root " + path);
}

base::Status CheckMode(const std::string& path, const struct stat& status) {
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
    const char* who = (status.st_mode & S_IWOTH) != 0 ? "everyone" : "its group";
    return Refuse(std::string(who) + " may write to " + path + "; run: chmod go-w " + path);
}

// One step above the file. The mode of a symbolic link means nothing; its owner may point it elsewhere.
base::Status CheckStep(const std::string& path, bool is_last) {
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) return CannotRead(path);
    if (base::Status owner = CheckOwner(path, status); !owner) return owner;
    if (S_ISLNK(status.st_mode)) return {};
    const bool is_sticky = (status.st_mode & S_ISVTX) != 0 && status.st_uid == 0;
    if (is_sticky && !is_last) return {};
    return CheckMode(path, status);
}

base::Status CheckDirectories(const fs::path& directory) {
    fs::path step;
    for (const fs::path& name : directory) {
        step /= name;
        if (base::Status status = CheckStep(step.string(), step == directory); !status) return status;
    }
    return {};
}

base::Status CheckElf(const std::string& path, int fd) {
    std::array<char, 4> magic{};
    const ssize_t got = pread(fd, magic.data(), magic.size(), 0);
    if (got < 0) return CannotRead(path);
    if (got == 0) return Refuse(path + " is empty; install its package again");
    if (magic == std::array{'\x7F', 'E', 'L', 'F'}) return {};
    return Refuse(path + " is not a shared library (it is no ELF file); install its package again");
}

base::Result<CheckedFile> CheckOpened(const std::string& path) {
    const File file(path.c_str());
    struct stat status {};
    if (file.fd() < 0 || fstat(file.fd(), &status) != 0) return CannotRead(path);
    if (!S_ISREG(status.st_mode)) return Refuse(path + " is not a regular file; install its package again");
    if (base::Status owner = CheckOwner(path, status); !owner) return std::move(owner).error();
    if (base::Status mode = CheckMode(path, status); !mode) return std::move(mode).error();
    if (status.st_nlink != 1) {
        return Refuse(path + " has " + std::to_string(status.st_nlink) +
                      " names (hard links), so it can be changed from elsewhere; install it as a file of its own");
    }
    if (base::Status elf = CheckElf(path, file.fd()); !elf) return std::move(elf).error();
    return CheckedFile{path, status.st_dev, status.st_ino};
}

}  // namespace

base::Result<CheckedFile> CheckFile(const std::string& path) {
    std::error_code error;
    const fs::path named = fs::path(path).lexically_normal();
    const fs::path directory = fs::canonical(named.parent_path(), error);
    if (error) return Refuse("cannot read " + named.parent_path().string() + ": " + error.message());
    const fs::path real = fs::canonical(named, error);
    if (error) return Refuse("cannot read " + path + ": " + error.message());
    if (real.parent_path() != directory) {
        return Refuse(path + " is a symbolic link that leads out of its directory, to " + real.string() +
                      "; put the file itself there, or add that directory to [plugins] path");
    }
    for (const fs::path& each : {named.parent_path(), directory}) {
        if (base::Status status = CheckDirectories(each); !status) return std::move(status).error();
    }
    if (base::Status status = CheckStep(named.string(), true); !status) return std::move(status).error();
    return CheckOpened(real.string());
}

bool IsStill(const CheckedFile& file) {
    struct stat status {};
    return stat(file.path.c_str(), &status) == 0 && status.st_dev == file.device && status.st_ino == file.inode;
}

}  // namespace fanfare::plugin
