// A broker of AMQP 0-9-1 that answers as a test says, and remembers every method and message as it came over the wire.
//
// Threads: the answers are asked for on the server's threads, one at a time; all else is safe from every thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/amqp_wire.hpp"
#include "support/scripted_server.hpp"

namespace fanfare::tests {

// Something that came in: a method, with its content if it carries one.
struct Heard {
    int connection = 0;  // from 1
    std::string name;    // "10.11"; "header" for the first bytes, "heartbeat"
    std::string arguments;
    // Of 60.40, basic.publish:
    std::uint64_t tag = 0;  // on its channel
    std::string exchange;
    std::string routing_key;
    bool mandatory = false;
    std::string raw_properties;
    std::map<std::string, std::string> properties;
    std::map<std::string, std::string> headers;
    std::string body;
    std::size_t frames = 0;   // of the body
    std::size_t largest = 0;  // of all frames of the content, with head and end
};

class ScriptedBroker {
public:
    static constexpr char kSilent[] = "silent";
    static constexpr char kHangUp[] = "hang up";
    // The bytes to answer with; nullopt: as a broker that is well.
    using Answer = std::function<std::optional<std::string>(const Heard&)>;

    explicit ScriptedBroker(Answer answer = {})
        : answer_(std::move(answer)), server_([this](ServerConnection& c) { Serve(c); }) {}

    std::string address() const { return "127.0.0.1:" + std::to_string(server_.port()); }
    std::string url() const { return "amqp://" + address(); }
    int connections() const { return server_.connections(); }

    std::vector<Heard> heard(const std::string& name) const {
        const std::lock_guard lock(mutex_);
        return Named(name);
    }
    std::vector<Heard> messages() const { return heard("60.40"); }
    std::vector<Heard> WaitFor(const std::string& name, std::size_t count) {
        std::unique_lock lock(mutex_);
        came_.wait(lock, [&] { return Named(name).size() >= count; });
        return Named(name);
    }
    // From what comes next on.
    void Set(Answer answer) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
    }

    static std::string Ack(std::uint64_t tag, bool multiple = false) {
        return amqp::Method(1, 60, 80, amqp::U64(tag) + amqp::U8(multiple ? 1 : 0));
    }
    static std::string Nack(std::uint64_t tag, bool multiple = false) {
        return amqp::Method(1, 60, 120, amqp::U64(tag) + amqp::U8(multiple ? 1 : 0));
    }
    static std::string Return(const Heard& message) {
        std::string out = amqp::Method(1, 60, 50,
                                       amqp::U16(312) + amqp::Short("NO_ROUTE") + amqp::Short(message.exchange) +
                                           amqp::Short(message.routing_key));
        out +=
            amqp::Frame(2, 1, amqp::U16(60) + amqp::U16(0) + amqp::U64(message.body.size()) + message.raw_properties);
        return message.body.empty() ? out : out + amqp::Frame(3, 1, message.body);
    }
    static std::string CloseChannel(std::uint16_t code, const std::string& text) {
        return amqp::Method(1, 20, 40, amqp::U16(code) + amqp::Short(text) + amqp::U16(60) + amqp::U16(40));
    }
    static std::string CloseConnection(std::uint16_t code, const std::string& text) {
        return amqp::Method(0, 10, 50, amqp::U16(code) + amqp::Short(text) + amqp::U16(0) + amqp::U16(0));
    }
    static std::string Blocked(const std::string& reason) { return amqp::Method(0, 10, 60, amqp::Short(reason)); }
    static std::string Unblocked() { return amqp::Method(0, 10, 61, {}); }
    static std::string Start(const std::string& mechanisms = "PLAIN AMQPLAIN EXTERNAL") {
        return amqp::Method(0, 10, 10,
                            amqp::U8(0) + amqp::U8(9) + amqp::Long("") + amqp::Long(mechanisms) + amqp::Long("en_US"));
    }
    static std::string Tune(std::uint32_t frame_max = 131072, std::uint16_t heartbeat = 60) {
        return amqp::Method(0, 10, 30, amqp::U16(2047) + amqp::U32(frame_max) + amqp::U16(heartbeat));
    }

private:
    // What is known of one connection.
    struct State {
        std::string bytes;
        bool greeted = false;
        std::uint64_t tag = 0;
        std::optional<Heard> content;  // a message that is not whole yet
        std::uint64_t body_size = 0;
    };

    void Serve(ServerConnection& connection) {
        State state;
        while (true) {
            std::optional<Heard> heard = Next(state);
            if (!heard) {
                if (!connection.Receive(state.bytes)) return;
                continue;
            }
            heard->connection = connection.number();
            const std::string answer = AnswerTo(*heard);
            if (answer == kHangUp) return connection.Close();
            if (answer != kSilent && !answer.empty() && !connection.Send(answer)) return;
        }
    }

    static std::optional<Heard> Next(State& state) {
        if (!state.greeted) {
            if (state.bytes.size() < 8) return std::nullopt;
            state.greeted = true;
            Heard heard;
            heard.name = "header";
            heard.arguments = state.bytes.substr(0, 8);
            state.bytes.erase(0, 8);
            return heard;
        }
        while (state.bytes.size() >= 8) {
            amqp::Cursor head(std::string_view(state.bytes).substr(0, 7));
            const auto type = head.Number(1);
            head.Number(2);
            const std::size_t size = head.Number(4);
            if (state.bytes.size() < size + 8) return std::nullopt;
            if (state.bytes[size + 7] != '\xCE') std::abort();
            const std::string payload = state.bytes.substr(7, size);
            state.bytes.erase(0, size + 8);
            if (std::optional<Heard> whole = Take(state, type, payload)) return whole;
        }
        return std::nullopt;
    }

    static std::optional<Heard> Take(State& state, std::uint64_t type, const std::string& payload) {
        if (type == 1) return TakeMethod(state, payload);
        if (type == 8) {
            Heard heard;
            heard.name = "heartbeat";
            return heard;
        }
        if (!state.content) std::abort();
        Heard& message = *state.content;
        message.largest = std::max(message.largest, payload.size() + 8);
        if (type == 2) {
            amqp::Cursor cursor(payload);
            cursor.Number(4);
            state.body_size = cursor.Number(8);
            message.raw_properties = payload.substr(12);
            message.properties = amqp::Properties(cursor, message.headers);
        } else {
            message.body += payload;
            ++message.frames;
        }
        if (message.body.size() < state.body_size) return std::nullopt;
        return std::exchange(state.content, std::nullopt);
    }

    static std::optional<Heard> TakeMethod(State& state, const std::string& payload) {
        amqp::Cursor cursor(payload);
        Heard heard;
        heard.name = std::to_string(cursor.Number(2));
        heard.name += "." + std::to_string(cursor.Number(2));
        heard.arguments = payload.substr(4);
        if (heard.name == "85.10") state.tag = 0;
        if (heard.name != "60.40") return heard;
        cursor.Number(2);
        heard.exchange = cursor.Short();
        heard.routing_key = cursor.Short();
        heard.mandatory = (cursor.Number(1) & 1) != 0;
        heard.tag = ++state.tag;
        state.content = std::move(heard);
        return std::nullopt;
    }

    std::string AnswerTo(const Heard& heard) {
        const std::lock_guard lock(mutex_);
        heard_.push_back(heard);
        came_.notify_all();
        const std::optional<std::string> answer = answer_ ? answer_(heard) : std::nullopt;
        return answer ? *answer : UsualAnswer(heard);
    }

    static std::string UsualAnswer(const Heard& heard) {
        static const std::map<std::string, std::string> kUsual = {
            {"header", Start()},
            {"10.11", Tune()},
            {"10.40", amqp::Method(0, 10, 41, amqp::Short(""))},
            {"10.50", amqp::Method(0, 10, 51, {})},
            {"20.10", amqp::Method(1, 20, 11, amqp::Long(""))},
            {"85.10", amqp::Method(1, 85, 11, {})},
            {"40.10", amqp::Method(1, 40, 11, {})},
            {"50.10", amqp::Method(1, 50, 11, amqp::Short("q") + amqp::U32(0) + amqp::U32(0))},
            {"50.20", amqp::Method(1, 50, 21, {})},
        };
        if (heard.name == "60.40") return Ack(heard.tag);
        const auto found = kUsual.find(heard.name);
        return found == kUsual.end() ? std::string() : found->second;
    }

    // Under mutex_.
    std::vector<Heard> Named(const std::string& name) const {
        std::vector<Heard> out;
        for (const Heard& each : heard_) {
            if (each.name == name) out.push_back(each);
        }
        return out;
    }

    mutable std::mutex mutex_;
    std::condition_variable came_;
    Answer answer_;
    std::vector<Heard> heard_;
    ScriptedServer server_;  // last: ends before what its threads touch
};

}  // namespace fanfare::tests
