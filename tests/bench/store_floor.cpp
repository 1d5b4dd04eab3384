// What the disk and SQLite allow by themselves: one thread that writes events in groups, each group durable before the
// next is begun. Nothing is routed, looked up, claimed or finished.
//
//   store_floor sqlite|log DIRECTORY SECONDS EVENTS_IN_A_GROUP BYTES
//
// sqlite: a row for the event and one for its delivery, in WAL mode with synchronous = FULL, as fanfare's store has it.
// log: the bytes of a group appended to a file, then fdatasync. Prints events per second.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void Die(const std::string& what) {
    std::fprintf(stderr, "store_floor: %s\n", what.c_str());
    std::exit(1);
}

class Database {
public:
    explicit Database(const std::string& path) {
        Check(sqlite3_open(path.c_str(), &db_));
        Execute("PRAGMA page_size = 8192");
        Execute("PRAGMA journal_mode = WAL");
        Execute("PRAGMA synchronous = FULL");
        Execute("PRAGMA cache_size = -65536");
        Execute(
            "CREATE TABLE event(seq INTEGER PRIMARY KEY, id TEXT, source TEXT, type TEXT, received INTEGER, data "
            "BLOB)");
        Execute(
            "CREATE TABLE delivery(destination INTEGER, seq INTEGER, state INTEGER, PRIMARY KEY(destination, seq)) "
            "WITHOUT ROWID");
        Check(sqlite3_prepare_v2(db_, "INSERT INTO event VALUES(?1, ?2, '/bench', 'bench.event', 0, ?3)", -1, &event_,
                                 nullptr));
        Check(sqlite3_prepare_v2(db_, "INSERT INTO delivery VALUES(1, ?1, 0)", -1, &delivery_, nullptr));
    }
    Database(const Database&) = delete;
    ~Database() {
        sqlite3_finalize(event_);
        sqlite3_finalize(delivery_);
        sqlite3_close(db_);
    }

    void WriteGroup(long first, int count, const std::string& data) {
        Execute("BEGIN IMMEDIATE");
        for (long seq = first; seq < first + count; ++seq) {
            char id[32];
            const int length = std::snprintf(id, sizeof id, "%016lx", seq);
            sqlite3_bind_int64(event_, 1, seq);
            sqlite3_bind_text(event_, 2, id, length, SQLITE_STATIC);
            sqlite3_bind_blob(event_, 3, data.data(), static_cast<int>(data.size()), SQLITE_STATIC);
            Step(event_);
            sqlite3_bind_int64(delivery_, 1, seq);
            Step(delivery_);
        }
        Execute("COMMIT");
    }

private:
    void Check(int code) {
        if (code != SQLITE_OK) Die(sqlite3_errmsg(db_));
    }
    void Execute(const char* sql) { Check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }
    void Step(sqlite3_stmt* statement) {
        if (sqlite3_step(statement) != SQLITE_DONE) Die(sqlite3_errmsg(db_));
        sqlite3_reset(statement);
    }

    sqlite3* db_ = nullptr;
    sqlite3_stmt* event_ = nullptr;
    sqlite3_stmt* delivery_ = nullptr;
};

class Log {
public:
    explicit Log(const std::string& path) : fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
        if (fd_ < 0) Die(path + ": " + std::strerror(errno));
    }
    Log(const Log&) = delete;
    ~Log() { close(fd_); }

    void WriteGroup(long, int count, const std::string& data) {
        group_.clear();
        for (int i = 0; i < count; ++i) group_ += data;
        if (write(fd_, group_.data(), group_.size()) != static_cast<ssize_t>(group_.size()) || fdatasync(fd_) != 0)
            Die(std::strerror(errno));
    }

private:
    int fd_;
    std::string group_;
};

template <typename Store>
void Run(Store& store, double seconds, int group, const std::string& data) {
    const auto start = Clock::now();
    double took = 0;
    long written = 0;
    for (; took < seconds; took = std::chrono::duration<double>(Clock::now() - start).count()) {
        store.WriteGroup(written, group, data);
        written += group;
    }
    std::printf("%.0f\n", static_cast<double>(written) / took);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string mode = argc > 1 ? argv[1] : "";
    if (argc != 6 || (mode != "sqlite" && mode != "log")) {
        std::fprintf(stderr, "usage: store_floor sqlite|log DIRECTORY SECONDS EVENTS_IN_A_GROUP BYTES\n");
        return 64;
    }
    const std::string directory = argv[2];
    const double seconds = std::atof(argv[3]);
    const int group = std::atoi(argv[4]);
    const std::string data(static_cast<std::size_t>(std::atoi(argv[5])), 'x');
    if (mode == "sqlite") {
        Database database(directory + "/floor.db");
        Run(database, seconds, group, data);
    } else {
        Log log(directory + "/floor.log");
        Run(log, seconds, group, data);
    }
}
