#include "store/sqlite/schema.hpp"

#include <array>
#include <string>

namespace fanfare::store::sqlite {
namespace {

using base::Code;
using base::MakeError;

struct Migration {
    int version;  // that the file has afterwards
    const char* sql;
};

// Append only: what stands here has been run on somebody's file.
constexpr std::array<Migration, kSchemaVersion> kMigrations{{{1, R"(
    CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
    CREATE TABLE destination (
        name      INTEGER PRIMARY KEY,
        created   INTEGER NOT NULL,
        sent      INTEGER NOT NULL,
        dead      INTEGER NOT NULL,
        cancelled INTEGER NOT NULL,
        retry     INTEGER NOT NULL,
        done_lo   INTEGER NOT NULL,
        sent_hi   INTEGER NOT NULL,
        due_hi_us INTEGER NOT NULL);
    CREATE TABLE event (
        seq          INTEGER PRIMARY KEY,
        id           TEXT NOT NULL,
        source       TEXT NOT NULL,
        realm        INTEGER NOT NULL,
        type         TEXT NOT NULL,
        recv_us      INTEGER NOT NULL,
        destinations BLOB NOT NULL,
        meta         BLOB NOT NULL,
        crc          INTEGER NOT NULL,
        body         BLOB NOT NULL);
    CREATE INDEX event_identity ON event(id, source, realm);
    CREATE TABLE delivery (
        destination INTEGER NOT NULL,
        seq         INTEGER NOT NULL,
        state       INTEGER NOT NULL,
        tries       INTEGER NOT NULL,
        route       INTEGER NOT NULL,
        due_us      INTEGER,
        updated_us  INTEGER NOT NULL,
        code        INTEGER,
        took_us     INTEGER,
        reason      TEXT,
        PRIMARY KEY (destination, seq)) WITHOUT ROWID;
    CREATE INDEX delivery_retry ON delivery(destination, due_us) WHERE state = 2;
    CREATE INDEX delivery_dead ON delivery(destination, seq) WHERE state = 3;
    CREATE TABLE attempt (
        destination INTEGER NOT NULL,
        seq         INTEGER NOT NULL,
        started_us  INTEGER NOT NULL,
        number      INTEGER NOT NULL,
        took_us     INTEGER NOT NULL,
        outcome     INTEGER NOT NULL,
        code        INTEGER NOT NULL,
        reason      TEXT NOT NULL,
        PRIMARY KEY (destination, seq, started_us, number)) WITHOUT ROWID;
)"},
                                                             {2, R"(
    CREATE TABLE request (
        id   INTEGER PRIMARY KEY,
        seq  INTEGER NOT NULL,
        crc  INTEGER NOT NULL,
        body BLOB NOT NULL);
    ALTER TABLE delivery ADD COLUMN request INTEGER;
)"},
                                                             {3, R"(
    ALTER TABLE attempt ADD COLUMN response BLOB;
    ALTER TABLE attempt ADD COLUMN remote TEXT;
    ALTER TABLE delivery ADD COLUMN order_key INTEGER;
    ALTER TABLE destination ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE gate (
        destination INTEGER PRIMARY KEY,
        paused      INTEGER NOT NULL,
        unreachable INTEGER NOT NULL,
        reason      TEXT NOT NULL,
        since_us    INTEGER NOT NULL);
)"},
                                                             {4, R"(
    ALTER TABLE delivery ADD COLUMN by_hand INTEGER;
)"},
                                                             {5, R"(
    CREATE INDEX delivery_oldest_retry ON delivery(destination, seq) WHERE state = 2;
)"},
                                                             // The check sum of a new event covers its whole row. Of
                                                             // an old one it covers what it did.
                                                             {6, ""}}};

}  // namespace

base::Status CheckIdentity(Connection& db, const std::string& path) {
    const std::int64_t application = db.Int("PRAGMA application_id");
    const std::int64_t version = db.Int("PRAGMA user_version");
    if (application == 0 && version == 0 && db.Int("SELECT count(*) FROM sqlite_schema") == 0) return {};
    if (application != kApplicationId) {
        return MakeError(
            Code::kCorrupt,
            path + " is a database, but not a store of fanfare; choose another directory for [store] path");
    }
    if (version > kSchemaVersion) {
        return MakeError(Code::kCorrupt, path + " was made by a newer fanfare (store version " +
                                             std::to_string(version) + ", this one knows " +
                                             std::to_string(kSchemaVersion) +
                                             "); install that version again or restore a backup of the store");
    }
    return {};
}

void Migrate(Connection& db) {
    const std::int64_t version = db.Int("PRAGMA user_version");
    for (const Migration& migration : kMigrations) {
        if (migration.version <= version) continue;
        db.Execute("BEGIN IMMEDIATE");
        db.Execute(migration.sql);
        db.Execute(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
        db.Execute(("PRAGMA user_version = " + std::to_string(migration.version)).c_str());
        db.Execute("COMMIT");
    }
}

}  // namespace fanfare::store::sqlite
