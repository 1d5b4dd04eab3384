// A Redis server that answers as a test says, and remembers every command as it came over the wire.
//
// Threads: the answers are asked for on the server's threads, one at a time; all else is safe from every thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "support/scripted_server.hpp"

namespace fanfare::tests {

struct RedisCommand {
    int connection = 0;  // from 1
    std::vector<std::string> words;

    const std::string& name() const { return words.front(); }
    // The value behind a word: a field of XADD.
    std::string after(const std::string& word) const {
        for (std::size_t i = 0; i + 1 < words.size(); ++i) {
            if (words[i] == word) return words[i + 1];
        }
        return {};
    }
};

class ScriptedRedis {
public:
    // Said instead of an answer.
    static constexpr char kSilent[] = "silent";
    static constexpr char kHangUp[] = "hang up";
    // nullopt: as a Redis that is well.
    using Answer = std::function<std::optional<std::string>(const RedisCommand&)>;

    explicit ScriptedRedis(Answer answer = {}, const std::string& unix_path = {})
        : answer_(std::move(answer)), server_([this](ServerConnection& c) { Serve(c); }, unix_path) {}

    int port() const { return server_.port(); }
    std::string address() const { return "127.0.0.1:" + std::to_string(port()); }
    int connections() const { return server_.connections(); }

    // All but the login (AUTH, SELECT, CLIENT, ROLE).
    std::vector<RedisCommand> commands() const {
        const std::lock_guard lock(mutex_);
        return commands_;
    }
    std::vector<RedisCommand> login() const {
        const std::lock_guard lock(mutex_);
        return login_;
    }
    std::vector<RedisCommand> WaitForCommands(std::size_t count) {
        std::unique_lock lock(mutex_);
        came_.wait(lock, [&] { return commands_.size() >= count; });
        return commands_;
    }
    // From the next command on.
    void Set(Answer answer) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
    }

    static std::string Error(const std::string& text) { return "-" + text + "\r\n"; }
    static std::string Text(const std::string& text) {
        return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
    }

private:
    void Serve(ServerConnection& connection) {
        std::string bytes;
        while (true) {
            const std::optional<RedisCommand> command = Parse(bytes, connection.number());
            if (!command) {
                if (!connection.Receive(bytes)) return;
                continue;
            }
            const std::string answer = AnswerTo(*command);
            if (answer == kHangUp) return connection.Close();
            if (answer != kSilent && !connection.Send(answer)) return;
        }
    }

    // "*2\r\n$3\r\nGET\r\n$1\r\na\r\n"; takes what it returns from `bytes`.
    static std::optional<RedisCommand> Parse(std::string& bytes, int connection) {
        std::size_t at = 0;
        const auto number = [&](char kind) -> std::optional<std::size_t> {
            const std::size_t end = bytes.find("\r\n", at);
            if (end == std::string::npos) return std::nullopt;
            if (bytes[at] != kind) std::abort();
            const std::size_t value = std::strtoul(bytes.c_str() + at + 1, nullptr, 10);
            at = end + 2;
            return value;
        };
        const auto count = number('*');
        RedisCommand command{connection, {}};
        for (std::size_t i = 0; count && i < *count; ++i) {
            const auto size = number('$');
            if (!size || bytes.size() < at + *size + 2) return std::nullopt;
            command.words.push_back(bytes.substr(at, *size));
            at += *size + 2;
        }
        if (!count) return std::nullopt;
        bytes.erase(0, at);
        return command;
    }

    std::string AnswerTo(const RedisCommand& command) {
        const std::lock_guard lock(mutex_);
        const std::string& name = command.name();
        const bool login = name == "AUTH" || name == "SELECT" || name == "CLIENT" || name == "ROLE";
        (login ? login_ : commands_).push_back(command);
        came_.notify_all();
        const std::optional<std::string> answer = answer_ ? answer_(command) : std::nullopt;
        return answer ? *answer : UsualAnswer(name);
    }

    static std::string UsualAnswer(const std::string& name) {
        if (name == "XADD") return Text("1526919030474-55");
        if (name == "LPUSH" || name == "RPUSH" || name == "PUBLISH") return ":1\r\n";
        if (name == "ROLE") return "*1\r\n" + Text("master");
        return "+OK\r\n";
    }

    mutable std::mutex mutex_;
    std::condition_variable came_;
    Answer answer_;
    std::vector<RedisCommand> commands_;
    std::vector<RedisCommand> login_;
    ScriptedServer server_;  // last: ends before what its threads touch
};

}  // namespace fanfare::tests
