#include "store/sqlite/salvage.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include "store/sqlite/check.hpp"
#include "store/sqlite/directory.hpp"
#include "store/sqlite/gather.hpp"
#include "store/sqlite/mend.hpp"
#include "store/sqlite/pages.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/start.hpp"

namespace fanfare::store::sqlite {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::MakeError;

// Under this name it is no store yet: whoever ends in between leaves nothing that a fanfare would start on.
constexpr const char* kUnfinished = "fanfare.db.unfinished";
// `hwm` is never synced, so that after a power cut it may be behind by what was accepted since the kernel last wrote
// it.
constexpr std::uint64_t kMostAhead = 1u << 24;
// A version further ahead than this is a number that has rotted.
constexpr std::uint32_t kMostVersionsAhead = 7;
// Where `hwm` says nothing: more than any store has numbers.
constexpr std::uint64_t kMostSeq = std::uint64_t{1} << 44;

base::Error OsError(const std::string& doing, const std::string& path) {
    return MakeError(errno == ENOSPC ? Code::kFull : Code::kIo,
                     "cannot " + doing + " " + path + ": " + std::strerror(errno));
}

base::Status CheckPlaces(const std::string& from, const std::string& to) {
    std::error_code error;
    if (!fs::is_directory(from, error))
        return MakeError(Code::kNotFound, from + " is not a directory; name that of the damaged store with --from");
    const std::string inside =
        fs::weakly_canonical(to, error).lexically_relative(fs::weakly_canonical(from, error)).string();
    if (!inside.empty() && inside.rfind("..", 0) != 0) {
        return MakeError(Code::kConflict, to + " is " + (inside == "." ? "" : "inside of ") + from +
                                              ", which is only read; choose another directory for --to");
    }
    if (fs::exists(to, error) && (!fs::is_directory(to, error) || !fs::is_empty(to, error))) {
        return MakeError(
            Code::kConflict,
            to + " exists and is not an empty directory; salvage overwrites nothing: choose another one for --to");
    }
    return {};
}

base::Status CheckHeader(const Pages& pages, const std::string& database) {
    // A number that has rotted keeps nobody from the rest.
    const auto& header = pages.header();
    if (!header || header->application_id != kApplicationId || header->version <= kSchemaVersion) return {};
    if (header->version > kSchemaVersion + kMostVersionsAhead) return {};
    return MakeError(Code::kCorrupt, database + " says that it is of store version " + std::to_string(header->version) +
                                         ", and this fanfare knows " + std::to_string(kSchemaVersion) +
                                         "; salvage it with that version");
}

// What this made in `to`, unless it is finished.
class Place {
public:
    Place(std::string to, bool is_new) : to_(std::move(to)), is_new_(is_new) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        if (finished_) return;
        for (const char* const file : {kUnfinished, kDatabaseName, "hwm", "lock"}) unlink((to_ + "/" + file).c_str());
        if (is_new_) rmdir(to_.c_str());
    }
    void Keep() { finished_ = true; }

private:
    const std::string to_;
    const bool is_new_;
    bool finished_ = false;
};

std::unique_ptr<Connection> MakeDatabase(const std::string& path) {
    auto db = std::make_unique<Connection>(path, Connection::Mode::kReadWrite);
    db->Execute("PRAGMA page_size = 8192");
    // It is synced when it is done, and thrown away if it is not.
    db->Execute("PRAGMA journal_mode = OFF");
    db->Execute("PRAGMA synchronous = OFF");
    db->Execute("PRAGMA cache_size = -131072");
    Migrate(*db);
    return db;
}

class Salvager {
public:
    Salvager(std::string from, std::string to) : from_(std::move(from)), to_(std::move(to)) {}

    base::Result<Salvaged> Run() {
        if (base::Status status = CheckPlaces(from_, to_); !status) return std::move(status).error();
        auto lock = Directory::HoldToRead(from_);
        if (!lock) return std::move(lock).error();
        const std::string database = from_ + "/" + kDatabaseName;
        auto pages = Pages::Open(database);
        if (!pages) return std::move(pages).error();
        if (base::Status status = CheckHeader(**pages, database); !status) return std::move(status).error();
        ReadEnding();
        std::error_code error;
        Place place(to_, !fs::exists(to_, error));
        auto directory = Directory::Open(to_);
        if (!directory) return std::move(directory).error();
        try {
            if (base::Status status = Fill(**pages, **directory); !status) return std::move(status).error();
        } catch (const SqlError& failed) {
            return ToError(failed);
        }
        place.Keep();
        return std::move(report_);
    }

private:
    void ReadEnding() {
        const auto mark = Directory::ReadHighWaterOf(from_);
        if (mark && *mark) {
            ending_ = {(*mark)->seq, (*mark)->store_tag, (*mark)->seq + kMostAhead};
        } else {
            report_.notes.push_back((mark ? "there is no file 'hwm' in " + from_ : mark.error().message) +
                                    ": whether the last events are there is not known");
        }
    }

    base::Status Fill(const Pages& pages, Directory& directory) {
        const std::string unfinished = directory.FilePath(kUnfinished);
        report_.pages = pages.count();
        report_.broken_log_pages = pages.broken_frames();
        Mended mended;
        {
            const auto db = MakeDatabase(unfinished);
            db->Execute("BEGIN IMMEDIATE");
            const Gathered found = Gather(pages, *db, ending_.most_seq);
            mended = Mend(*db, found, ending_, report_);
            db->Execute("COMMIT");
        }
        if (chmod(unfinished.c_str(), 0600) != 0) return OsError("change", unfinished);
        auto faults = Check(unfinished, mended.store_tag, {});
        if (!faults) return std::move(faults).error();
        report_.faults = *std::move(faults);
        return Finish(directory, unfinished, mended);
    }

    base::Status Finish(Directory& directory, const std::string& unfinished, const Mended& mended) {
        const base::Descriptor file(open(unfinished.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file || fsync(file.get()) != 0) return OsError("sync", unfinished);
        if (auto mark = directory.ReadHighWater(); !mark) return std::move(mark).error();
        if (base::Status status = directory.WriteHighWater({mended.seq_floor, mended.store_tag}); !status)
            return status;
        const std::string database = directory.FilePath(kDatabaseName);
        if (std::rename(unfinished.c_str(), database.c_str()) != 0) return OsError("rename", unfinished);
        if (base::Status status = GiveToOwner(); !status) return status;
        return directory.Sync();
    }

    // A fanfare refuses a directory of somebody else, and root salvages for it.
    base::Status GiveToOwner() {
        struct stat owner {};
        if (stat(from_.c_str(), &owner) != 0) return OsError("look at", from_);
        if (owner.st_uid == geteuid()) return {};
        for (const std::string& path : {to_ + "/" + kDatabaseName, to_ + "/hwm", to_ + "/lock", to_}) {
            if (lchown(path.c_str(), owner.st_uid, owner.st_gid) != 0)
                return OsError("give to the owner of " + from_, path);
        }
        return {};
    }

    const std::string from_;
    const std::string to_;
    Ending ending_{0, 0, kMostSeq};
    Salvaged report_;
};

}  // namespace

base::Result<Salvaged> Salvage(const std::string& from, const std::string& to) { return Salvager(from, to).Run(); }

}  // namespace fanfare::store::sqlite
