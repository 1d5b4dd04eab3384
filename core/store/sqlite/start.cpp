#include "store/sqlite/start.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <string>

#include "base/log.hpp"
#include "store/sqlite/schema.hpp"

namespace fanfare::store::sqlite {
namespace {

using base::Code;
using base::MakeError;

constexpr auto kQuickCheckLimit = std::chrono::seconds(60);

std::int64_t ReadMeta(Connection& db, std::string_view key) {
    Statement statement(db, "SELECT value FROM meta WHERE key = ?");
    Rows rows = statement.Run(key);
    return rows.Next() ? rows.Int(0) : 0;
}

void WriteMeta(Connection& db, std::string_view key, std::int64_t value) {
    Statement(db, "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)").Execute(key, value);
}

void FreeSpaceIfLow(Directory& directory, const Options& options) {
    const auto free = directory.FreeBytes();
    if (!free || *free >= options.ballast_bytes / 2 || !directory.HasBallast()) return;
    directory.DropBallast();
    log::Warn("store.ballast_dropped", {{"directory", directory.path()}, {"free_bytes", std::to_string(*free)}});
}

base::Status SetPragmas(Connection& db, const Controls& controls) {
    db.Execute("PRAGMA page_size = 8192");
    if (const std::string mode = db.Text("PRAGMA journal_mode = WAL"); mode != "wal") {
        return MakeError(Code::kIo, "the store's database cannot use a write-ahead log (journal mode '" + mode +
                                        "'); put [store] path on a local disk");
    }
    db.Execute(controls.synchronous_normal ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL");
    // No wal_autocheckpoint = 0 here: it would take away the connection's own hook, and with it every checkpoint.
    db.Execute("PRAGMA journal_size_limit = 134217728");
    db.Execute("PRAGMA cache_size = -49152");
    db.Execute("PRAGMA secure_delete = OFF");
    db.Execute("PRAGMA mmap_size = 0");
    db.Execute("PRAGMA foreign_keys = OFF");
    db.Execute("PRAGMA trusted_schema = OFF");
    db.Execute("PRAGMA temp_store = MEMORY");
    if (!controls.synchronous_normal && db.Int("PRAGMA synchronous") != 2) {
        return MakeError(Code::kIo, "the store's database does not sync its commits although it was told to; "
                                    "this SQLite cannot keep what fanfare promises");
    }
    return {};
}

// A process that died may have left frames in the WAL which the kernel thinks are on disk and the disk does not have (an
// fsync that failed once is not repeated). Whoever goes on behind them loses everything written since; so they are copied
// into the database, which is synced, before anything is acknowledged.
base::Status CheckpointFirst(Connection& db) {
    Statement statement(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    Rows rows = statement.Run();
    const bool done = rows.Next() && rows.Int(0) == 0;
    rows.Drain();
    if (done) return {};
    return MakeError(Code::kBusy, "another program reads the store's database; stop it and start again");
}

base::Status QuickCheck(Connection& db, const std::string& path) {
    const auto start = std::chrono::steady_clock::now();
    db.SetDeadline(start + kQuickCheckLimit);
    std::string found;
    try {
        found = db.Text("PRAGMA quick_check(1)");
    } catch (const SqlError& error) {
        db.SetDeadline(std::nullopt);
        if (!error.is_interrupted()) throw;
        log::Warn("store.check_cut_short", {{"database", path}, {"seconds", std::to_string(kQuickCheckLimit.count())}});
        return {};
    }
    db.SetDeadline(std::nullopt);
    if (found == "ok") return {};
    return MakeError(Code::kCorrupt, path + " is damaged (" + found + "); get out what is still good with 'fanfare store salvage', "
                                         "restore a backup, or move the directory away to start empty");
}

// The database ends before something that was acknowledged: bit rot in the WAL's tail, an older file put in its place.
base::Status CheckTail(Started& started, const Options& options) {
    auto mark = started.directory->ReadHighWater();
    if (!mark && mark.error().code != Code::kCorrupt) return std::move(mark).error();
    if (!mark) {
        log::Warn("store.hwm_damaged", {{"directory", options.directory}, {"error", mark.error().message}});
        return {};
    }
    if (!*mark) return {};
    const HighWater& hwm = **mark;
    const bool other = hwm.store_tag != started.store_tag;
    const std::uint64_t first = other ? 1 : started.last_seq + 1;
    if (hwm.seq < first) return {};
    started.recovery.lost_events = hwm.seq - first + 1;
    const std::string range = "events " + std::to_string(first) + " to " + std::to_string(hwm.seq);
    const std::string path = started.directory->FilePath(kDatabaseName);
    if (!options.accept_loss) {
        return MakeError(Code::kCorrupt,
                         (other ? path + " is not the database that was used here before: " : path + " has lost its end: ") + range +
                             " were acknowledged and are not in it; restore the files of the store, see what is left with 'fanfare store salvage', or start with --accept-loss");
    }
    log::Error("store.loss_accepted", {{"lost", range}, {"events", std::to_string(started.recovery.lost_events)}});
    return {};
}

void LoadNames(Connection& db, Names& names) {
    Statement statement(db, "SELECT id, text FROM name ORDER BY id");
    Rows rows = statement.Run();
    while (rows.Next()) names.Add(static_cast<model::NameId>(rows.Unsigned(0)), std::string(rows.Bytes(1)));
}

Marks ReadMarks(const Rows& rows) {
    Marks marks;
    marks.created = rows.Unsigned(1);
    marks.sent = rows.Unsigned(2);
    marks.dead = rows.Unsigned(3);
    marks.cancelled = rows.Unsigned(4);
    marks.retry = rows.Unsigned(5);
    marks.done_lo = rows.Unsigned(6);
    marks.sent_hi = rows.Unsigned(7);
    marks.due_hi_us = rows.Int(8);
    marks.pruned = rows.Unsigned(9);
    return marks;
}

void NoteRetryKeys(Connection& db, model::NameId destination, Window& window) {
    Statement statement(
        db,
        "SELECT seq, order_key FROM delivery WHERE destination = ? AND state = 2 AND order_key IS NOT NULL"
        " AND by_hand IS NULL");
    Rows rows = statement.Run(destination);
    while (rows.Next()) window.NoteRetryKey(rows.Unsigned(0), rows.Unsigned(1));
}

void LoadDestinations(Started& started) {
    Connection& db = *started.db;
    Statement statement(db, "SELECT name, created, sent, dead, cancelled, retry, done_lo, sent_hi, due_hi_us, pruned FROM destination");
    Rows rows = statement.Run();
    while (rows.Next()) {
        const auto destination = static_cast<model::NameId>(rows.Unsigned(0));
        const Marks marks = ReadMarks(rows);
        Window& window = started.windows->Add(destination, marks);
        if (marks.retry > 0) NoteRetryKeys(db, destination, window);
        if (started.recovery.unclean) started.recovery.in_doubt += CountInDoubt(db, destination, marks);
    }
}

void Load(Started& started, bool was_clean, bool is_new) {
    Connection& db = *started.db;
    started.recovery.unclean = !was_clean && !is_new;
    if (was_clean) started.recovery.in_doubt = static_cast<std::uint64_t>(ReadMeta(db, "in_doubt"));
    LoadNames(db, *started.names);
    LoadDestinations(started);
    if (!started.recovery.unclean && started.recovery.in_doubt == 0) return;
    log::Warn("store.recovered", {{"unclean", started.recovery.unclean ? "true" : "false"},
                                  {"in_doubt", std::to_string(started.recovery.in_doubt)},
                                  {"meaning", "deliveries that may have been sent before and are sent again"}});
}

// On a small disk a quarter of what is free has to do.
void RestoreBallast(Started& started, const Options& options) {
    Directory& directory = *started.directory;
    const auto free = directory.FreeBytes();
    started.ballast_bytes = directory.BallastBytes();
    if (!free || started.ballast_bytes > 0) return;
    started.ballast_bytes = std::min(options.ballast_bytes, *free / 4);
    const base::Status made = directory.MakeBallast(started.ballast_bytes);
    if (made && started.ballast_bytes == options.ballast_bytes) return;
    log::Warn("store.ballast_small", {{"directory", directory.path()},
                                      {"bytes", made ? std::to_string(started.ballast_bytes) : "0"},
                                      {"wanted_bytes", std::to_string(options.ballast_bytes)},
                                      {"free_bytes", std::to_string(*free)}});
}

// Where the numbering goes on: above everything that was ever given out, also what is lost.
void SettleNumbers(Started& started, bool is_new) {
    Connection& db = *started.db;
    db.Execute("BEGIN IMMEDIATE");
    if (is_new) WriteMeta(db, "store_tag", std::random_device{}());
    started.store_tag = static_cast<std::uint32_t>(ReadMeta(db, "store_tag"));
    if (started.recovery.lost_events > 0) {
        started.last_seq += started.recovery.lost_events;
        WriteMeta(db, "seq_floor", static_cast<std::int64_t>(started.last_seq));
    }
    WriteMeta(db, "clean", 0);
    db.Execute("COMMIT");
}

base::Status Run(Started& started, const Options& options, const Controls& controls) {
    Directory& directory = *started.directory;
    const std::string path = directory.FilePath(kDatabaseName);
    FreeSpaceIfLow(directory, options);
    started.db = std::make_unique<Connection>(path, Connection::Mode::kReadWrite);
    Connection& db = *started.db;
    if (base::Status status = CheckIdentity(db, path); !status) return status;
    if (base::Status status = SetPragmas(db, controls); !status) return status;
    const bool is_new = db.Int("PRAGMA user_version") == 0;
    if (!controls.skip_start_checkpoint) {
        if (base::Status status = CheckpointFirst(db); !status) return status;
    }
    const bool was_clean = !is_new && ReadMeta(db, "clean") == 1;
    if (!is_new && !was_clean) {
        if (base::Status status = QuickCheck(db, path); !status) return status;
    }
    if (!is_new) {
        started.store_tag = static_cast<std::uint32_t>(ReadMeta(db, "store_tag"));
        started.last_seq = static_cast<std::uint64_t>(std::max(ReadMeta(db, "seq_floor"), db.Int("SELECT max(seq) FROM event")));
    }
    if (base::Status status = CheckTail(started, options); !status) return status;
    Migrate(db);
    SettleNumbers(started, is_new);
    RestoreBallast(started, options);
    if (base::Status status = directory.Sync(); !status) return status;
    if (const base::Status status = directory.WriteHighWater({started.last_seq, started.store_tag}); !status) {
        log::Warn("store.hwm_not_written", {{"error", status.error().message}});
    }
    Load(started, was_clean, is_new);
    return {};
}

}  // namespace

std::uint64_t CountInDoubt(Connection& db, model::NameId destination, const Marks& marks) {
    Statement fresh(db, "SELECT count(*) FROM delivery WHERE destination = ? AND seq > ? AND seq <= ? AND state = 0");
    Statement retries(db, "SELECT count(*) FROM delivery WHERE destination = ? AND due_us <= ? AND state = 2");
    std::uint64_t count = 0;
    if (Rows rows = fresh.Run(destination, marks.done_lo, marks.sent_hi); rows.Next()) count += rows.Unsigned(0);
    if (Rows rows = retries.Run(destination, marks.due_hi_us); rows.Next()) count += rows.Unsigned(0);
    return count;
}

base::Result<Started> Start(const Options& options, const Controls& controls) {
    Started started;
    auto directory = Directory::Open(options.directory);
    if (!directory) return std::move(directory).error();
    started.directory = *std::move(directory);
    started.names = std::make_unique<Names>();
    started.windows = std::make_unique<Windows>(options.window);
    try {
        if (base::Status status = Run(started, options, controls); !status) return std::move(status).error();
    } catch (const SqlError& error) {
        return ToError(error);
    }
    return started;
}

}  // namespace fanfare::store::sqlite
