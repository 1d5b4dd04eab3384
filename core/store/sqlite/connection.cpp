#include "store/sqlite/connection.hpp"

#include <cerrno>
#include <cstring>

namespace fanfare::store::sqlite {
namespace {

constexpr int kOpsPerLook = 2000;  // some 50 us of work between two looks at the clock

// ENOSPC reaches us as SQLITE_FULL, except where the -shm file grows, and a quota not at all.
bool IsFull(int code, int os_error) {
    if ((code & 0xFF) == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE) return true;
    return code == SQLITE_IOERR_WRITE && (os_error == ENOSPC || os_error == EDQUOT);
}

// Before SQLite's first use, for the whole process.
void ConfigureOnce() {
    static const bool once = [] {
        // It would count what it allocates, under one mutex.
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        // Each connection would take 20 pages for its cache beforehand; those that only wait need two or three.
        sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, 0);
        return true;
    }();
    static_cast<void>(once);
}

}  // namespace

SqlError::SqlError(sqlite3* db, int code, std::string_view doing)
    : code_(db == nullptr ? code : sqlite3_extended_errcode(db)),
      full_(IsFull(code_, db == nullptr ? 0 : sqlite3_system_errno(db))),
      message_("the store could not " + std::string(doing) + ": ") {
    if ((code_ & 0xFF) != (code & 0xFF)) code_ = code;
    const int os_error = db == nullptr ? 0 : sqlite3_system_errno(db);
    message_ += db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db);
    const bool from_os = (code_ & 0xFF) == SQLITE_IOERR || (code_ & 0xFF) == SQLITE_CANTOPEN;
    if (from_os && os_error != 0) message_ += std::string(" (") + std::strerror(os_error) + ")";
}

base::Error ToError(const SqlError& error) {
    const int code = error.code() & 0xFF;
    const auto make = [&](base::Code as) { return base::MakeError(as, error.what()); };
    if (error.is_full()) return make(base::Code::kFull);
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) return make(base::Code::kCorrupt);
    if (code == SQLITE_INTERRUPT || code == SQLITE_BUSY) return make(base::Code::kBusy);
    return make(base::Code::kIo);
}

Connection::Connection(const std::string& path, Mode mode) {
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE |
                      (mode == Mode::kReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    ConfigureOnce();
    sqlite3* db = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
    db_.reset(db);
    if (code != SQLITE_OK) throw SqlError(db, code, "open " + path);
    sqlite3_busy_timeout(db, 1000);
    sqlite3_progress_handler(db, kOpsPerLook, &Connection::OnProgress, this);
    sqlite3_wal_hook(db, &Connection::OnCommit, this);
    // After a failed fsync nothing more may be written; a checkpoint is made where we say so.
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

int Connection::OnProgress(void* self) {
    const auto& connection = *static_cast<Connection*>(self);
    if (connection.stop_.stop_requested()) return 1;
    return connection.deadline_ && std::chrono::steady_clock::now() >= *connection.deadline_;
}

int Connection::OnCommit(void* self, sqlite3*, const char*, int pages) {
    static_cast<Connection*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
}

void Connection::Execute(const char* sql) {
    if (const int code = sqlite3_exec(get(), sql, nullptr, nullptr, nullptr); code != SQLITE_OK) {
        throw SqlError(get(), code, std::string("run '") + sql + "'");
    }
}

std::int64_t Connection::Int(const char* sql) {
    Statement statement(*this, sql);
    Rows rows = statement.Run();
    const std::int64_t value = rows.Next() ? rows.Int(0) : 0;
    rows.Drain();
    return value;
}

std::string Connection::Text(const char* sql) {
    Statement statement(*this, sql);
    Rows rows = statement.Run();
    std::string text = rows.Next() ? std::string(rows.Bytes(0)) : std::string();
    rows.Drain();
    return text;
}

std::optional<Connection::Checkpointed> Connection::Checkpoint(int mode) {
    Checkpointed done;
    const int code = sqlite3_wal_checkpoint_v2(get(), nullptr, mode, &done.log_pages, &done.moved_pages);
    if (code == SQLITE_OK) return done;
    if ((code & 0xFF) == SQLITE_BUSY || (code & 0xFF) == SQLITE_LOCKED) return std::nullopt;
    throw SqlError(get(), code, "move its write-ahead log into the database");
}

Statement::Statement(Connection& connection, const char* sql) : db_(connection.get()) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    statement_.reset(statement);
    if (code != SQLITE_OK) throw SqlError(db_, code, std::string("prepare '") + sql + "'");
}

void Statement::Check(int code) const {
    if (code != SQLITE_OK) throw SqlError(db_, code, "bind a value");
}

bool Rows::Next() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    sqlite3* const db = sqlite3_db_handle(statement_);
    throw SqlError(db, code, std::string("run '") + sqlite3_sql(statement_) + "'");
}

void Rows::Drain() {
    while (Next()) continue;
}

void Rows::Close() {
    if (statement_ != nullptr) sqlite3_reset(std::exchange(statement_, nullptr));
}

std::string_view Rows::Bytes(int column) const {
    const auto* const at = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {at, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

}  // namespace fanfare::store::sqlite
