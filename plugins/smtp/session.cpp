#include "session.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <sstream>

#include <fanfare/text.hpp>

#include "auth.hpp"
#include "failure.hpp"

namespace fanfare::plugins::smtp {
namespace {

constexpr std::size_t kMaxReplyLines = 256;
// Commands under way at once: their replies must fit into the buffers of both sides, or both wait for the other to
// read.
constexpr std::size_t kPipeline = 50;

std::string Upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return out;
}

// The name of this machine, if it is one that others could know.
std::string OwnName() {
    char name[256] = {};
    if (::gethostname(name, sizeof name - 1) != 0) return {};
    const std::string_view text(name);
    const bool clean = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
    return clean && text.find('.') != std::string_view::npos ? std::string(text) : std::string();
}

// RFC 5321, 4.1.3
std::string Literal(const Poco::Net::IPAddress& address) {
    const bool six = address.family() == Poco::Net::IPAddress::IPv6;
    return (six ? "[IPv6:" : "[") + address.toString() + "]";
}

// A line that begins with a dot gets another one (RFC 5321, 4.5.2); then the line that ends it all.
std::string Stuffed(std::string_view content) {
    std::string out;
    out.reserve(content.size() + content.size() / 64 + 8);
    bool at_line = true;
    for (const char c : content) {
        if (at_line && c == '.') out += '.';
        out += c;
        at_line = c == '\n';
    }
    if (!at_line) out += "\r\n";
    return out += ".\r\n";
}

// A login or TLS is wanted first (RFC 3207, 4; RFC 4954, 6): every mail would be told the same.
bool IsAboutTheLogin(int code) { return code == 530 || code == 534 || code == 535 || code == 538; }

}  // namespace

Session::Session(const Options& options, const Config& config, Trust& trust, const Alarm& alarm)
    : options_(options), config_(config), trust_(trust), alarm_(alarm) {}

Reply Session::Read() {
    Reply reply;
    for (;;) {
        const std::string line = channel_->ReadLine();
        const bool has_code = line.size() >= 3 &&
                              std::all_of(line.begin(), line.begin() + 3, [](char c) { return c >= '0' && c <= '9'; });
        const int code = has_code ? (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0') : 0;
        if (code < 200 || code > 599 || (reply.code != 0 && reply.code != code)) {
            throw Failure(FailureKind::kBroken, channel_->host() + " does not speak SMTP: " + first_line(line, 80));
        }
        reply.code = code;
        reply.lines.push_back(line.size() > 4 ? first_line(std::string_view(line).substr(4), 512) : std::string());
        if (line.size() < 4 || line[3] != '-') return reply;
        if (reply.lines.size() > kMaxReplyLines) {
            throw Failure(FailureKind::kBroken, channel_->host() + " sent a reply without end");
        }
    }
}

Reply Session::Command(const std::string& line) {
    channel_->Write(line + "\r\n");
    return Read();
}

void Session::Refuse(const std::string& what, const Reply& reply) {
    const std::string text = first_line(reply.text(), 300);
    throw Failure(FailureKind::kUnusable, what + ": " + text, reply.code, text);
}

bool Session::Offers(std::string_view keyword) const { return keywords_.count(std::string(keyword)) > 0; }

void Session::Open(Deadline deadline) {
    Close();
    in_transaction_ = false;
    channel_ = std::make_unique<Channel>(alarm_, options_.host);
    channel_->SetDeadline(deadline);
    try {
        channel_->Connect(options_.port);
        remote_ = channel_->remote();
        if (options_.tls == Tls::kImplicit) channel_->StartTls(trust_.Context());
        const Reply greeting = Read();
        if (greeting.code != 220) Refuse(options_.host + " takes no mail now", greeting);
        Hello();
        if (options_.tls == Tls::kStartTls) Secure();
        if (!options_.username.empty()) LogIn();
    } catch (const Failure& e) {
        Close();
        // Whatever ended it, no mail was under way.
        if (e.kind() != FailureKind::kBroken) throw;
        throw Failure(FailureKind::kUnusable, e.what());
    } catch (...) {
        Close();
        throw;
    }
}

void Session::Hello() {
    const std::string own = OwnName();
    const std::string name = !options_.ehlo.empty() ? options_.ehlo : !own.empty() ? own : Literal(channel_->local());
    keywords_.clear();
    mechanisms_.clear();
    max_size_ = 0;
    Reply reply = Command("EHLO " + name);
    // A server from before extensions (RFC 5321, 3.2): enough for a mail, if neither TLS nor login is asked for.
    if (reply.code == 500 || reply.code == 502) reply = Command("HELO " + name);
    if (reply.code != 250) Refuse(options_.host + " does not greet back", reply);
    for (std::size_t i = 1; i < reply.lines.size(); ++i) {
        std::istringstream words(Upper(reply.lines[i]));
        std::string keyword;
        words >> keyword;
        // Before RFC 4954 some wrote AUTH=.
        if (keyword.starts_with("AUTH=")) keyword = "AUTH";
        keywords_.insert(keyword);
        if (keyword == "SIZE") words >> max_size_;
        for (std::string word; keyword == "AUTH" && words >> word;) mechanisms_.insert(word);
    }
}

void Session::Secure() {
    if (!Offers("STARTTLS")) {
        throw Failure(FailureKind::kUnusable, options_.host +
                                                  " does not offer STARTTLS, and nothing is sent in the clear: " +
                                                  "set tls to implicit or none if that is meant");
    }
    const Reply reply = Command("STARTTLS");
    if (reply.code != 220) Refuse(options_.host + " refuses STARTTLS", reply);
    channel_->StartTls(trust_.Context());
    // What was said in the clear counts for nothing (RFC 3207, 4.2).
    Hello();
}

Auth Session::ChooseMechanism() const {
    if (options_.auth != Auth::kAutomatic) return options_.auth;
    const std::array<Auth, 3> encrypted = {Auth::kPlain, Auth::kLogin, Auth::kCramMd5};
    const std::array<Auth, 3> clear = {Auth::kCramMd5, Auth::kPlain, Auth::kLogin};
    for (const Auth each : channel_->is_encrypted() ? encrypted : clear) {
        if (mechanisms_.count(NameOf(each)) > 0) return each;
    }
    throw Failure(FailureKind::kUnusable, options_.host + " offers no login that fanfare knows: " +
                                              (mechanisms_.empty() ? "leave out username and password, or change tls"
                                                                   : "set auth to xoauth2 or use another server"));
}

void Session::LogIn() {
    const Auth mechanism = ChooseMechanism();
    const Secret password = config_.secret("/password");
    const auto ask = [this](const std::string& line) {
        // Apart from its end, so that no copy of a secret is left behind.
        channel_->Write(line);
        channel_->Write("\r\n");
        return Read();
    };
    const Reply reply = LogInWith(mechanism, options_.username, password.reveal(), ask);
    if (reply.code == 235) return;
    // What the server says may hold what it was told, so only its code is shown.
    const std::string what = "login of '" + first_line(options_.username, 64) + "' at " + options_.host + " by " +
                             NameOf(mechanism) + " is refused with " + std::to_string(reply.code);
    throw Failure(FailureKind::kUnusable, what + ": check username, password and auth", reply.code);
}

bool Session::IsUsable() {
    if (!channel_) return false;
    if (channel_->IsQuiet()) return true;
    Close();
    return false;
}

void Session::Quit() {
    if (!channel_) return;
    constexpr auto kPatience = std::chrono::seconds(1);
    channel_->SetDeadline(std::chrono::steady_clock::now() + kPatience);
    try {
        Command("QUIT");
    } catch (const Failure&) {
        // It is over either way.
    }
    Close();
}

std::string Session::MailCommand(const Envelope& envelope, std::size_t size) const {
    std::string command = "MAIL FROM:<" + envelope.from + ">";
    if (Offers("SIZE")) command += " SIZE=" + std::to_string(size);
    if (envelope.has_utf8_headers) command += " SMTPUTF8";
    return command;
}

std::vector<Reply> Session::Exchange(const std::vector<std::string>& commands) {
    const std::size_t step = Offers("PIPELINING") ? kPipeline : 1;
    std::vector<Reply> replies;
    for (std::size_t at = 0; at < commands.size(); at += step) {
        const std::size_t end = std::min(at + step, commands.size());
        std::string bytes;
        for (std::size_t i = at; i < end; ++i) bytes += commands[i] + "\r\n";
        channel_->Write(bytes);
        for (std::size_t i = at; i < end; ++i) {
            replies.push_back(Read());
            CheckSession(replies.back());
        }
    }
    return replies;
}

// A reply that ends the session, or that is about it rather than about the mail.
void Session::CheckSession(const Reply& reply) {
    const std::string text = first_line(reply.text(), 300);
    // RFC 5321, 3.8 and 4.2.1
    if (reply.code == 421)
        throw Failure(FailureKind::kBroken, options_.host + " ends the connection: " + text, 421, text);
    if (IsAboutTheLogin(reply.code)) Refuse(options_.host + " wants another login", reply);
}

std::vector<RecipientFate> Session::AskForEach(const Envelope& envelope, std::size_t size) {
    std::vector<std::string> commands;
    if (in_transaction_) commands.emplace_back("RSET");
    const std::size_t mail = commands.size();
    commands.push_back(MailCommand(envelope, size));
    for (const std::string& to : envelope.to) commands.push_back("RCPT TO:<" + to + ">");
    in_transaction_ = true;
    const std::vector<Reply> replies = Exchange(commands);
    std::vector<RecipientFate> fates;
    bool any = false;
    for (std::size_t i = 0; i < envelope.to.size(); ++i) {
        // Without a sender, what is said to recipients is only that there is none.
        const Reply& reply = replies[mail].is_positive() ? replies[mail + 1 + i] : replies[mail];
        // 552 where others were taken before it: too many at once (RFC 5321, 4.5.3.1.10).
        const bool later = reply.is_temporary() || (reply.code == 552 && any && replies[mail].is_positive());
        const Fate fate = reply.is_positive() ? Fate::kAccepted : later ? Fate::kDeferred : Fate::kRefused;
        any = any || fate == Fate::kAccepted;
        fates.push_back({envelope.to[i], fate, first_line(reply.text(), 300), reply.code});
    }
    return fates;
}

Reply Session::SendContent(std::string_view content) {
    const Reply go = Exchange({"DATA"}).front();
    if (go.code != 354) return go;
    const std::string bytes = Stuffed(content);
    // Without its last line it is no mail, and the server must forget it (RFC 5321, 4.1.1.4).
    const std::size_t tail = 3;
    channel_->Write(std::string_view(bytes).substr(0, bytes.size() - tail));
    try {
        channel_->Write(std::string_view(bytes).substr(bytes.size() - tail));
        return Read();
    } catch (const Failure& e) {
        const std::string reason = std::string(e.what()) + ", after it had the whole mail: it may send it, " +
                                   "and a second copy has the same Message-ID";
        throw Failure(FailureKind::kInDoubt, reason);
    }
}

std::vector<RecipientFate> Session::Send(const Envelope& envelope, std::string_view content, Deadline deadline) {
    const auto all = [&](Fate fate, const std::string& why, int code) {
        std::vector<RecipientFate> fates;
        for (const std::string& to : envelope.to) fates.push_back({to, fate, why, code});
        return fates;
    };
    if (envelope.has_utf8_headers && !Offers("SMTPUTF8")) {
        return all(Fate::kRefused, "an address has letters beyond ASCII, and the server does not offer SMTPUTF8", 550);
    }
    if (max_size_ > 0 && content.size() > max_size_) {
        return all(
            Fate::kRefused,
            "the mail has " + std::to_string(content.size()) + " bytes, the server takes " + std::to_string(max_size_),
            552);
    }
    channel_->SetDeadline(deadline);
    try {
        std::vector<RecipientFate> fates = AskForEach(envelope, content.size());
        const auto is_accepted = [](const RecipientFate& each) { return each.fate == Fate::kAccepted; };
        if (std::none_of(fates.begin(), fates.end(), is_accepted)) return fates;
        const Reply reply = SendContent(content);
        in_transaction_ = !reply.is_positive();
        if (!reply.is_positive()) CheckSession(reply);
        for (RecipientFate& each : fates) {
            if (each.fate != Fate::kAccepted) continue;
            each.fate = reply.is_positive() ? Fate::kAccepted : reply.is_temporary() ? Fate::kDeferred : Fate::kRefused;
            each.reply = first_line(reply.text(), 300);
            each.code = reply.code;
        }
        return fates;
    } catch (...) {
        Close();
        throw;
    }
}

}  // namespace fanfare::plugins::smtp
