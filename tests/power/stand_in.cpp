// A smallest writer with a promise, to prove recorder and image builder on: it puts events into an SQLite database in
// groups and says "202" for each group on a socket.
//
//   stand_in write DIR EVENTS FIRST full|ack-first     exit 74 if a sync or write failed
//   stand_in verify PROMISES                                  answers plcheck
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <unordered_map>

#include "power/body.hpp"
#include "power/questions.hpp"

namespace fanfare::power {
namespace {

constexpr int kIoError = 74;  // EX_IOERR

class Database {
public:
    explicit Database(const std::string& directory) {
        if (sqlite3_open((directory + "/stand_in.db").c_str(), &db_) != SQLITE_OK) Fail("open");
    }
    ~Database() { sqlite3_close(db_); }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    bool Run(const std::string& sql) { return sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK; }
    void Must(const std::string& sql) {
        if (!Run(sql)) Fail(sql);
    }
    // The first column of every row; false if reading failed.
    template <class Row>
    bool Read(const char* sql, Row row) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) != SQLITE_OK) return false;
        int result;
        while ((result = sqlite3_step(statement)) == SQLITE_ROW) row(statement);
        sqlite3_finalize(statement);
        return result == SQLITE_DONE;
    }
    // The process must not go on, and must not tidy up: closing would write.
    [[noreturn]] void Fail(const std::string& what) {
        std::cerr << "stand_in: " << what.substr(0, 60) << ": " << sqlite3_errmsg(db_) << std::endl;
        _exit(kIoError);
    }

private:
    sqlite3* db_ = nullptr;
};

std::string TextOf(sqlite3_stmt* statement, int column) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
    return text == nullptr ? std::string() : std::string(text);
}

void Acknowledge(int socket, const std::string& ids) {
    const std::string body = "{\"accepted\":[" + ids + "]}";
    const std::string head = "HTTP/1.1 202 Accepted\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    if (send(socket, head.data(), head.size(), 0) < 0 || send(socket, body.data(), body.size(), 0) < 0) _exit(1);
}

int Write(const std::string& directory, int events, int first, const std::string& mode) {
    constexpr int kGroup = 5;
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0) return 1;
    Database db(directory);
    db.Must("PRAGMA journal_mode=WAL");
    db.Must("PRAGMA synchronous=FULL");
    db.Must("PRAGMA wal_autocheckpoint=0");
    db.Must("PRAGMA wal_checkpoint(TRUNCATE)");
    db.Must("CREATE TABLE IF NOT EXISTS event(seq INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL)");
    for (int n = first; n < first + events; n += kGroup) {
        std::string ids;
        std::string sql = "BEGIN IMMEDIATE;";
        for (int i = n; i < n + kGroup; ++i) {
            const std::string id = "e" + std::to_string(i);
            sql += "INSERT INTO event(id, body) VALUES('" + id + "','" + BodyOf(id) + "');";
            ids += (ids.empty() ? "{\"id\":\"" : ",{\"id\":\"") + id + "\"}";
        }
        if (mode == "ack-first") Acknowledge(sockets[0], ids);
        db.Must(sql + "COMMIT");
        if (mode != "ack-first") Acknowledge(sockets[0], ids);
        char drained[4096];
        if (recv(sockets[1], drained, sizeof drained, 0) <= 0) return 1;
        if (n / kGroup % 40 == 39) db.Must("PRAGMA wal_checkpoint(PASSIVE)");
    }
    return 0;
}

std::string Verify(const std::string& image, const std::vector<std::string>& promised) {
    if (promised.empty() && access((image + "/stand_in.db").c_str(), F_OK) != 0) return "ok";
    Database db(image);
    std::string check;
    if (!db.Read("PRAGMA quick_check", [&](sqlite3_stmt* row) { check += TextOf(row, 0); }) || check != "ok") {
        return "damaged: quick_check says " + check;
    }
    std::unordered_map<std::string, std::string> events;
    const bool read = db.Read("SELECT id, body FROM event",
                              [&](sqlite3_stmt* row) { events[TextOf(row, 0)] = TextOf(row, 1); });
    if (!read && !promised.empty()) return "lost " + std::to_string(promised.size()) + " all";
    for (const auto& [id, body] : events) {
        if (body != BodyOf(id)) return "damaged: the body of " + id;
    }
    std::size_t lost = 0;
    std::string first;
    for (const std::string& id : promised) {
        if (events.contains(id)) continue;
        if (lost++ == 0) first = id;
    }
    if (lost > 0) return "lost " + std::to_string(lost) + " " + first;
    constexpr std::size_t kGroup = 5;
    return events.size() % kGroup == 0 ? "ok" : "partial: half a group";
}

int Main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() == 5 && arguments[0] == "write") {
        return Write(arguments[1], std::stoi(arguments[2]), std::stoi(arguments[3]), arguments[4]);
    }
    if (arguments.size() == 2 && arguments[0] == "verify") {
        AnswerQuestions(arguments[1], Verify);
        return 0;
    }
    std::cerr << "usage: stand_in write DIR EVENTS FIRST full|ack-first | stand_in verify PROMISES\n";
    return 64;
}

}  // namespace
}  // namespace fanfare::power

int main(int argc, char** argv) { return fanfare::power::Main(argc, argv); }
