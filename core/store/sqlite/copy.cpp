#include "store/sqlite/copy.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "store/sqlite/connection.hpp"
#include "store/types.hpp"

namespace fanfare::store::sqlite {
namespace {

using base::Code;
using base::MakeError;

base::Error Failed(const std::string& doing, const std::string& path) {
    const int code = errno;
    const std::string why = std::generic_category().message(code);
    if (code == EEXIST) {
        return MakeError(Code::kConflict, path + " exists; a backup overwrites nothing: choose another path");
    }
    if (code == ENOENT || code == EACCES || code == EROFS || code == ENOTDIR) {
        return MakeError(Code::kConfig, "cannot " + doing + " " + path + ": " + why +
                                            "; choose a directory that fanfare may write to");
    }
    return MakeError(code == ENOSPC ? Code::kFull : Code::kIo, "cannot " + doing + " " + path + ": " + why);
}

base::Status SyncPath(const std::string& path, int flags) {
    const int fd = open(path.c_str(), flags | O_CLOEXEC);
    if (fd < 0) return Failed("open", path);
    const int result = fsync(fd);
    base::Status status;
    if (result != 0) status = Failed("sync", path);
    close(fd);
    return status;
}

base::Result<std::uint64_t> Fill(const std::string& from, const std::string& to, const std::stop_token& stop) {
    // A small store would be copied before SQLite looks for the first time.
    if (stop.stop_requested()) return Stopped("the backup");
    try {
        Connection db(from, Connection::Mode::kReadOnly);
        db.SetStop(stop);
        Statement(db, "VACUUM INTO ?").Execute(std::string_view(to));
    } catch (const SqlError& error) {
        return stop.stop_requested() ? Stopped("the backup") : ToError(error);
    }
    // SQLite does not sync what VACUUM INTO writes.
    if (base::Status status = SyncPath(to, O_RDONLY); !status) return std::move(status).error();
    const std::string directory = std::filesystem::path(to).parent_path().string();
    if (base::Status status = SyncPath(directory, O_RDONLY | O_DIRECTORY); !status) return std::move(status).error();
    struct stat info {};
    if (stat(to.c_str(), &info) != 0) return Failed("read", to);
    return static_cast<std::uint64_t>(info.st_size);
}

}  // namespace

base::Result<std::uint64_t> Copy(const std::string& from, const std::string& to, std::stop_token stop) {
    if (!std::filesystem::path(to).is_absolute()) {
        return MakeError(Code::kConfig, "'" + to + "' is not an absolute path; a backup needs one");
    }
    // Made here, empty, which SQLite takes: nobody else's file is written to, also not through a link, and only its
    // owner may read it.
    const int fd = open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return Failed("make", to);
    close(fd);
    auto bytes = Fill(from, to, stop);
    if (!bytes) unlink(to.c_str());
    return bytes;
}

}  // namespace fanfare::store::sqlite
