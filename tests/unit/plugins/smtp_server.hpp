// A mail server that answers as a test tells it and records every command and mail. Over ScriptedServer.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "support/scripted_server.hpp"

namespace fanfare::test {

struct ReceivedMail {
    std::string from;             // the whole MAIL command
    std::vector<std::string> to;  // addresses that were accepted
    std::string content;          // with LF line ends, dots unstuffed
};

class SmtpServer {
public:
    // What EHLO offers.
    std::vector<std::string> offers = {"PIPELINING", "SIZE 10000000"};

    SmtpServer() : server_([this](tests::ServerConnection& connection) { Serve(connection); }) {}

    int port() const { return server_.port(); }
    int connections() const { return server_.connections(); }
    // Lets what answers "HOLD" go on.
    void Release() { server_.Release(); }

    // The answers to the next commands that begin so, in their order; the last one stays. "GREETING" and "CONTENT"
    // stand for what is no command; the answers "CLOSE", "RESET" and "HOLD" are none.
    void Answer(const std::string& command, std::vector<std::string> replies) {
        const std::lock_guard lock(mutex_);
        replies_[command] = std::move(replies);
    }
    std::vector<ReceivedMail> mails() const {
        const std::lock_guard lock(mutex_);
        return mails_;
    }
    std::vector<std::string> commands() const {
        const std::lock_guard lock(mutex_);
        return commands_;
    }
    std::size_t Count(std::string_view prefix) const {
        std::size_t count = 0;
        for (const std::string& command : commands()) count += command.starts_with(prefix) ? 1u : 0u;
        return count;
    }

private:
    std::string ReplyTo(const std::string& command, std::string usual) {
        const std::lock_guard lock(mutex_);
        // From the last one on: of two that fit, the longer one.
        for (auto entry = replies_.rbegin(); entry != replies_.rend(); ++entry) {
            auto& [prefix, replies] = *entry;
            if (prefix.empty() ? !command.empty() : !command.starts_with(prefix)) continue;
            std::string reply = replies.front();
            if (replies.size() > 1) replies.erase(replies.begin());
            return reply.empty() ? usual : reply;
        }
        return usual;
    }

    // False if that was the end.
    static bool Say(tests::ServerConnection& connection, const std::string& reply) {
        if (reply == "CLOSE") return false;
        if (reply == "RESET") {
            connection.Reset();
            return false;
        }
        if (reply == "HOLD") {
            connection.Hold();
            return false;
        }
        return connection.Send(reply + "\r\n");
    }

    std::string Hello() const {
        std::string reply = "250-mail.example.com";
        for (const std::string& offer : offers) reply += "\r\n250-" + offer;
        return reply + "\r\n250 HELP";
    }

    void Serve(tests::ServerConnection& connection) {
        if (!Say(connection, ReplyTo("GREETING", "220 mail.example.com ESMTP"))) return;
        ReceivedMail mail;
        while (const auto command = connection.ReadLine()) {
            {
                const std::lock_guard lock(mutex_);
                commands_.push_back(*command);
            }
            const std::string usual = command->starts_with("EHLO")   ? Hello()
                                      : command->starts_with("DATA") ? "354 go"
                                                                     : "250 ok";
            const std::string reply = ReplyTo(*command, usual);
            if (command->starts_with("MAIL")) mail = {*command, {}, {}};
            if (command->starts_with("RCPT") && reply.starts_with("2")) mail.to.push_back(AddressIn(*command));
            if (!Say(connection, reply)) return;
            if (command->starts_with("DATA") && reply.starts_with("354") && !TakeContent(connection, mail)) return;
        }
    }

    bool TakeContent(tests::ServerConnection& connection, ReceivedMail& mail) {
        while (true) {
            const auto line = connection.ReadLine();
            if (!line) return false;
            if (*line == ".") break;
            mail.content += (line->starts_with(".") ? line->substr(1) : *line) + "\n";
        }
        const std::string reply = ReplyTo("CONTENT", "250 queued");
        if (reply.starts_with("2")) {
            const std::lock_guard lock(mutex_);
            mails_.push_back(mail);
        }
        return Say(connection, reply);
    }

    static std::string AddressIn(const std::string& command) {
        const std::size_t open = command.find('<');
        return command.substr(open + 1, command.find('>') - open - 1);
    }

    mutable std::mutex mutex_;
    std::map<std::string, std::vector<std::string>> replies_;
    std::vector<std::string> commands_;
    std::vector<ReceivedMail> mails_;
    tests::ScriptedServer server_;  // last: its threads use all of the above
};

}  // namespace fanfare::test
