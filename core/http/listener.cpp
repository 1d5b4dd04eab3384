#include "http/listener.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocketImpl.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <system_error>

namespace fanfare::http::impl {
namespace {

using Poco::Net::SocketAddress;

constexpr int kBacklog = 1024;
constexpr mode_t kUnixMode = 0660;
constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::string_view kDescriptorPrefix = "fd:";

class AdoptedSocket final : public Poco::Net::ServerSocketImpl {
public:
    explicit AdoptedSocket(int descriptor) { reset(descriptor); }
};

// Poco makes a server socket of a descriptor only for its heirs.
class Adopted final : public Poco::Net::ServerSocket {
public:
    explicit Adopted(int descriptor) : ServerSocket(new AdoptedSocket(descriptor), true) {}
};

base::Error Fault(const std::string& address, const std::string& why) {
    return base::MakeError(base::Code::kConfig, "cannot listen on " + address + ": " + why);
}

std::string TextOf(int error) { return std::generic_category().message(error); }

base::Error BadAddress(const std::string& address) {
    return Fault(address,
                 "this is no address; write an IP address and a port (127.0.0.1:8640, [::1]:8640, 0.0.0.0:8640) "
                 "or unix:/absolute/path");
}

// unix(7), SO_PEERCRED: who connected, as the kernel knows it.
std::string LocalPeer(int descriptor) {
    ucred peer{};
    socklen_t length = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return "unix";
    return "unix uid=" + std::to_string(peer.uid) + " pid=" + std::to_string(peer.pid);
}

std::optional<SocketAddress> ParseIp(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos || colon == 0) return std::nullopt;
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    Poco::Net::IPAddress ip;
    if (!Poco::Net::IPAddress::tryParse(std::string(host), ip)) return std::nullopt;
    if (bracketed != (ip.family() == Poco::Net::IPAddress::IPv6)) return std::nullopt;
    return SocketAddress(ip, port);
}

std::string AdviceFor(int error) {
    switch (error) {
        case EADDRINUSE:
            return "address already in use; is another fanfare running? see `ss -ltnp`";
        case EADDRNOTAVAIL:
            return "this machine has no such address; see `ip address`";
        case EACCES:
            return "permission denied; choose a port above 1023 or give the service CAP_NET_BIND_SERVICE";
        default:
            return TextOf(error);
    }
}

// True if somebody answers at the unix socket.
bool IsServed(const std::string& path) {
    try {
        Poco::Net::StreamSocket probe(SocketAddress(SocketAddress::UNIX_LOCAL, path));
        return true;
    } catch (const Poco::Exception&) {
        return false;
    }
}

}  // namespace

base::Result<std::unique_ptr<Listener>> Listener::Open(const std::string& address) {
    std::unique_ptr<Listener> listener(new Listener);
    const bool is_unix = address.compare(0, kUnixPrefix.size(), kUnixPrefix) == 0;
    if (address.starts_with(kDescriptorPrefix)) {
        base::Status adopted = listener->Adopt(address, std::atoi(address.c_str() + kDescriptorPrefix.size()));
        if (!adopted) return std::move(adopted).error();
        return listener;
    }
    base::Status opened = is_unix ? listener->OpenUnix(address.substr(kUnixPrefix.size())) : listener->OpenIp(address);
    if (!opened) return std::move(opened).error();
    return listener;
}

base::Status Listener::OpenIp(const std::string& address) {
    try {
        const std::optional<SocketAddress> parsed = ParseIp(address);
        if (!parsed) return BadAddress(address);
        if (parsed->family() == SocketAddress::IPv6) {
            socket_.bind6(*parsed, true, false, false);
        } else {
            socket_.bind(*parsed, true, false);
        }
        socket_.setNoDelay(true);  // inherited by every connection (tcp(7))
        socket_.listen(kBacklog);
        socket_.setBlocking(false);
        return {};
    } catch (const Poco::Exception& problem) {
        return Fault(address, AdviceFor(problem.code()));
    }
}

base::Status Listener::Adopt(const std::string& address, int descriptor) {
    int listens = 0;
    int type = 0;
    socklen_t size = sizeof listens;
    const bool is_socket = getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 &&
                           getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
    if (!is_socket || listens == 0 || type != SOCK_STREAM)
        return Fault(address, "the descriptor is no stream socket that listens; see ListenStream= of the socket unit");
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    // A number of our own: systemd's stays open and listens on, so that whoever comes while the service restarts waits.
    const int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) return Fault(address, TextOf(errno));
    adopted_ = true;
    socket_ = Adopted(copy);
    socket_.setBlocking(false);
    return {};
}

base::Status Listener::OpenUnix(const std::string& path) {
    const std::string address = std::string(kUnixPrefix) + path;
    constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
    if (path.empty() || path.front() != '/') return Fault(address, "the path of a unix socket must be absolute");
    if (path.size() > kLongest) {
        return Fault(address, "the path has " + std::to_string(path.size()) + " bytes, a unix socket's may have " +
                                  std::to_string(kLongest) + "; choose a shorter one");
    }
    struct stat status {};
    if (lstat(path.c_str(), &status) == 0) {
        if (!S_ISSOCK(status.st_mode))
            return Fault(address, "a file that is no socket is in the way; move it or choose another path");
        if (IsServed(path))
            return Fault(address, "another process serves this socket; is another fanfare running? see `ss -lxp`");
        if (unlink(path.c_str()) != 0) return Fault(address, "the old socket cannot be removed: " + TextOf(errno));
    }
    try {
        socket_.bind(SocketAddress(SocketAddress::UNIX_LOCAL, path), false, false);
    } catch (const Poco::Exception& problem) {
        const std::string directory = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
        if (problem.code() == ENOENT)
            return Fault(address, "the directory " + directory + " does not exist; create it");
        if (problem.code() == EACCES)
            return Fault(address, "permission denied; this user may not write to " + directory);
        return Fault(address, TextOf(problem.code()));
    }
    // Nobody can connect before listen(), so the mode is in force from the first connection on.
    if (chmod(path.c_str(), kUnixMode) != 0 || lstat(path.c_str(), &status) != 0) {
        const int error = errno;
        unlink(path.c_str());
        return Fault(address, "cannot set its mode: " + TextOf(error));
    }
    unix_path_ = path;
    device_ = status.st_dev;
    inode_ = status.st_ino;
    try {
        socket_.listen(kBacklog);
        socket_.setBlocking(false);
        return {};
    } catch (const Poco::Exception& problem) {
        return Fault(address, TextOf(problem.code()));
    }
}

Listener::~Listener() { Remove(); }

void Listener::Remove() {
    struct stat status {};
    if (unix_path_.empty() || lstat(unix_path_.c_str(), &status) != 0) return;
    if (status.st_dev == device_ && status.st_ino == inode_) unlink(unix_path_.c_str());
}

void Listener::Refuse() {
    if (!adopted_) shutdown(descriptor(), SHUT_RDWR);
}

std::string Listener::address() const {
    const SocketAddress address = socket_.address();
    return (address.family() == SocketAddress::UNIX_LOCAL ? std::string(kUnixPrefix) : "") + address.toString();
}

base::Result<std::optional<Incoming>> Listener::Accept() {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    // Poco's acceptConnection throws when nothing waits and leaves the descriptor open across exec.
    base::Descriptor socket(
        accept4(descriptor(), reinterpret_cast<sockaddr*>(&from), &length, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) {
        const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        if (exhausted) return base::MakeError(base::Code::kIo, "cannot accept a connection: " + TextOf(errno));
        return std::optional<Incoming>();
    }
    try {
        const std::optional<AddressKey> key = KeyOf(from);
        std::string peer =
            key ? SocketAddress(reinterpret_cast<sockaddr*>(&from), length).toString() : LocalPeer(socket.get());
        return std::optional<Incoming>(Incoming{std::move(socket), std::move(peer), key});
    } catch (const Poco::Exception&) {
        return std::optional<Incoming>();  // gone again already
    }
}

}  // namespace fanfare::http::impl
