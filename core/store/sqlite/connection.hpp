// SQLite behind RAII: a connection, its prepared statements, and rows.
// Errors: SqlError is thrown inside this room only; whoever stands at its border turns it into base::Error.
// Source: sqlite.org/c3ref, sqlite.org/pragma.html (3.40).
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace fanfare::store::sqlite {

class SqlError final : public std::exception {
public:
    SqlError(sqlite3* db, int code, std::string_view doing);
    const char* what() const noexcept override { return message_.c_str(); }
    int code() const { return code_; }
    // No space was left; nothing was lost, and trying again later may work.
    bool is_full() const { return full_; }
    // A statement ran into its time limit, or was stopped.
    bool is_interrupted() const { return (code_ & 0xFF) == SQLITE_INTERRUPT; }

private:
    int code_;  // extended
    bool full_;
    std::string message_;
};

base::Error ToError(const SqlError& error);

// Threads: one at a time.
class Connection {
public:
    enum class Mode { kReadWrite, kReadOnly };
    Connection(const std::string& path, Mode mode);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void Execute(const char* sql);
    // The first column of the first row.
    std::int64_t Int(const char* sql);
    std::string Text(const char* sql);

    // Statements that still run at `deadline` end with is_interrupted().
    void SetDeadline(std::optional<std::chrono::steady_clock::time_point> deadline) { deadline_ = deadline; }
    // Statements that still run when `stop` is requested end so too.
    void SetStop(std::stop_token stop) { stop_ = std::move(stop); }
    // Pages in the WAL after the last commit.
    int wal_pages() const { return wal_pages_; }
    void set_wal_pages(int pages) { wal_pages_ = pages; }
    struct Checkpointed {
        int log_pages = 0;    // in the write-ahead log
        int moved_pages = 0;  // of them, in the database and synced
    };
    // mode: SQLITE_CHECKPOINT_*. Empty: another connection was in the way.
    std::optional<Checkpointed> Checkpoint(int mode);

    bool in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }
    sqlite3* get() const { return db_.get(); }

private:
    static int OnProgress(void* self);
    static int OnCommit(void* self, sqlite3*, const char*, int pages);

    struct Closer {
        void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
    };
    std::unique_ptr<sqlite3, Closer> db_;
    std::optional<std::chrono::steady_clock::time_point> deadline_;
    std::stop_token stop_;
    int wal_pages_ = 0;
};

struct Blob {
    std::string_view bytes;
};

class Statement;

// The rows of one run. The statement is reset when this ends, so that no read outlives its scope and holds up a
// checkpoint. What was bound must live as long. Views are valid until the next call of Next.
class Rows {
public:
    explicit Rows(sqlite3_stmt* statement) : statement_(statement) {}
    ~Rows() { Close(); }
    Rows(Rows&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    Rows& operator=(Rows&&) = delete;

    bool Next();
    // To the end. A statement that is left after its first row has not ended, and what fails at its end fails unseen:
    // `PRAGMA journal_mode = WAL` says "wal" first and commits the change afterwards.
    void Drain();
    void Close();

    bool IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    std::int64_t Int(int column) const { return sqlite3_column_int64(statement_, column); }
    std::uint64_t Unsigned(int column) const { return static_cast<std::uint64_t>(Int(column)); }
    std::string_view Bytes(int column) const;  // text and blobs

private:
    sqlite3_stmt* statement_;
};

class Statement {
public:
    Statement(Connection& connection, const char* sql);

    // Binds 1..n: integers, string_view (text), Blob, nullptr (NULL), optional of these.
    template <class... Values>
    [[nodiscard]] Rows Run(const Values&... values) {
        [[maybe_unused]] int index = 0;
        (Bind(++index, values), ...);
        return Rows(statement_.get());
    }

    // For statements without rows. Gives the number of rows changed.
    template <class... Values>
    int Execute(const Values&... values) {
        Rows rows = Run(values...);
        rows.Next();
        return sqlite3_changes(db_);
    }

private:
    void Bind(int index, std::int64_t value) { Check(sqlite3_bind_int64(statement_.get(), index, value)); }
    void Bind(int index, std::uint64_t value) { Bind(index, static_cast<std::int64_t>(value)); }
    void Bind(int index, std::uint32_t value) { Bind(index, static_cast<std::int64_t>(value)); }
    void Bind(int index, int value) { Bind(index, static_cast<std::int64_t>(value)); }
    void Bind(int index, std::nullptr_t) { Check(sqlite3_bind_null(statement_.get(), index)); }
    // SQLite takes a null pointer as NULL: an empty text or blob needs an address.
    void Bind(int index, std::string_view text) {
        const char* const at = text.data() == nullptr ? "" : text.data();
        Check(sqlite3_bind_text64(statement_.get(), index, at, text.size(), SQLITE_STATIC, SQLITE_UTF8));
    }
    void Bind(int index, Blob blob) {
        const char* const at = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
        Check(sqlite3_bind_blob64(statement_.get(), index, at, blob.bytes.size(), SQLITE_STATIC));
    }
    template <class T>
    void Bind(int index, const std::optional<T>& value) {
        if (value) {
            Bind(index, *value);
        } else {
            Bind(index, nullptr);
        }
    }
    void Check(int code) const;

    struct Finalizer {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    sqlite3* db_;
    std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

}  // namespace fanfare::store::sqlite
