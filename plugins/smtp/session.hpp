// One connection to a mail server: greeting, TLS, login, and any number of mails.
//
// A mail is not sent unless its envelope is settled: the answers to all RCPT are there before DATA, so it is known who
// gets it. Commands go out together where the server offers PIPELINING (RFC 2920), DATA always alone.
//
// Threads: one. Errors: Failure; the session is closed then.
// Source: RFC 5321, 3.1 to 3.3, 4.1.1, 4.2, 4.5.2 (dots); RFC 3207 (STARTTLS); RFC 1870 (SIZE); RFC 6531, 3.4
// (SMTPUTF8).
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "channel.hpp"
#include "options.hpp"
#include "reply.hpp"

namespace fanfare::plugins::smtp {

enum class Fate { kAccepted, kRefused, kDeferred };

struct RecipientFate {
    std::string address;
    Fate fate = Fate::kDeferred;
    std::string reply;  // as the server said it; or why it was not asked
    int code = 0;
};

struct Envelope {
    std::string from;
    std::vector<std::string> to;
    bool has_utf8_headers = false;  // some address in the mail itself is beyond ASCII
};

class Session {
public:
    // All outlive it.
    Session(const Options& options, const Config& config, Trust& trust, const Alarm& alarm);
    ~Session() { Close(); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Up to the login. Errors: Failure (unusable), ConfigError if there is no password now.
    void Open(Deadline deadline);
    // Open, and the server has not said goodbye meanwhile.
    bool IsUsable();
    // `content` has CR LF line ends throughout. One fate for each recipient, in their order.
    std::vector<RecipientFate> Send(const Envelope& envelope, std::string_view content, Deadline deadline);
    // QUIT, without waiting long for an answer.
    void Quit();
    void Close() { channel_.reset(); }

    // Of the last connection.
    const std::string& remote() const { return remote_; }

private:
    Reply Read();
    Reply Command(const std::string& line);
    void Hello();
    void Secure();
    void LogIn();
    Reply TryMechanism(Auth mechanism, const Secret& password);
    Auth ChooseMechanism() const;
    [[noreturn]] void Refuse(const std::string& what, const Reply& reply);
    bool Offers(std::string_view keyword) const;

    std::string MailCommand(const Envelope& envelope, std::size_t size) const;
    std::vector<Reply> Exchange(const std::vector<std::string>& commands);
    std::vector<RecipientFate> AskForEach(const Envelope& envelope, std::size_t size);
    Reply SendContent(std::string_view content);
    void CheckSession(const Reply& reply);

    const Options& options_;
    const Config& config_;
    Trust& trust_;
    const Alarm& alarm_;
    std::unique_ptr<Channel> channel_;
    std::string remote_;
    std::set<std::string> keywords_;    // of EHLO, in capitals
    std::set<std::string> mechanisms_;  // of its AUTH
    std::uint64_t max_size_ = 0;        // of its SIZE; 0: not told
    bool in_transaction_ = false;       // the server may still hold an envelope
};

}  // namespace fanfare::plugins::smtp
