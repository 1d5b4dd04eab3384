#include "http_client/exchange.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "http_client/ages.hpp"
#include "http_client/endpoint.hpp"
#include "http_client/head.hpp"
#include "http_client/scrub.hpp"
#include "http_client/sockets.hpp"

namespace fanfare::http_client {
namespace {

using std::chrono::milliseconds;

// libcurl's buffers, per request in flight; answers are short.
constexpr long kBufferBytes = 16 * 1024;

template <class T>
bool Set(CURL* handle, CURLoption option, T value) {
    return curl_easy_setopt(handle, option, value) == CURLE_OK;
}

template <class T>
T Info(CURL* handle, CURLINFO what) {
    T value{};
    curl_easy_getinfo(handle, what, &value);
    return value;
}

int CloseSocket(void* sockets, curl_socket_t fd) noexcept { return static_cast<Sockets*>(sockets)->CloseSocket(fd); }

long CurlVersion(HttpVersion version) {
    switch (version) {
        case HttpVersion::kAuto:
            return CURL_HTTP_VERSION_2TLS;
        case HttpVersion::kOne:
            return CURL_HTTP_VERSION_1_1;
        case HttpVersion::kTwo:
            return CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
    }
    return CURL_HTTP_VERSION_2TLS;
}

// RFC 9110, section 15.5.8. Of a request that the proxy was to pass on, the far side has seen nothing.
constexpr int kProxyAsksForUser = 407;

Response RefusedByProxy(const ProxyServer& proxy) {
    Response response;
    response.end = End::kUnreachable;
    response.error = "proxy " + proxy.target.Name() + " asks for another user name or password (HTTP 407)";
    return response;
}

}  // namespace

std::unique_ptr<Exchange> Exchange::Make(const std::string& user_agent, const Settings& settings, Sockets* sockets) {
    std::unique_ptr<Exchange> exchange(new Exchange(settings, sockets));
    exchange->handle_.reset(curl_easy_init());
    if (!exchange->handle_ || !exchange->SetUp(user_agent)) return nullptr;
    return exchange;
}

Exchange& Exchange::Of(CURL* handle) { return *static_cast<Exchange*>(Info<void*>(handle, CURLINFO_PRIVATE)); }

bool Exchange::SetUp(const std::string& user_agent) {
    CURL* curl = handle_.get();
    Set(curl, CURLOPT_PRIVATE, this);
    Set(curl, CURLOPT_ERRORBUFFER, error_text_.data());
    Set(curl, CURLOPT_NOSIGNAL, 1L);
    Set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    Set(curl, CURLOPT_FOLLOWLOCATION, 0L);
    Set(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    Set(curl, CURLOPT_PATH_AS_IS, 1L);
    Set(curl, CURLOPT_PROXY, "");
    Set(curl, CURLOPT_NOPROXY, "*");
    Set(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    Set(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);  // else they would stand among those of the answer
    Set(curl, CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
    Set(curl, CURLOPT_HTTP_VERSION, CurlVersion(settings_.http_version));
    SetUpTls();
    if (!user_agent.empty()) Set(curl, CURLOPT_USERAGENT, user_agent.c_str());
    Set(curl, CURLOPT_TCP_NODELAY, 1L);
    Set(curl, CURLOPT_MAXAGE_CONN, static_cast<long>(kMaxIdle.count()));
    Set(curl, CURLOPT_MAXLIFETIME_CONN, static_cast<long>(kMaxAge.count()));
    Set(curl, CURLOPT_BUFFERSIZE, kBufferBytes);
    Set(curl, CURLOPT_UPLOAD_BUFFERSIZE, kBufferBytes);
    // Else a name lookup that outlives its request stops the whole thread until it ends.
    Set(curl, CURLOPT_QUICK_EXIT, 1L);
    Set(curl, CURLOPT_HEADERFUNCTION, &Exchange::OnHeader);
    Set(curl, CURLOPT_HEADERDATA, this);
    Set(curl, CURLOPT_WRITEFUNCTION, &Exchange::OnBody);
    Set(curl, CURLOPT_WRITEDATA, this);
    Set(curl, CURLOPT_PREREQFUNCTION, &Exchange::OnSend);
    Set(curl, CURLOPT_PREREQDATA, this);
    if (sockets_ == nullptr) return true;
    // A connection lives longer than the exchange that opens it, and is closed by whom it was opened.
    return Set(curl, CURLOPT_OPENSOCKETFUNCTION, &Exchange::OnOpenSocket) && Set(curl, CURLOPT_OPENSOCKETDATA, this) &&
           Set(curl, CURLOPT_CLOSESOCKETFUNCTION, &CloseSocket) && Set(curl, CURLOPT_CLOSESOCKETDATA, sockets_);
}

void Exchange::SetUpTls() {
    CURL* curl = handle_.get();
    const long minimum =
        settings_.minimum_tls == MinimumTls::kOneThree ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2;
    Set(curl, CURLOPT_SSLVERSION, minimum);
    Set(curl, CURLOPT_PROXY_SSLVERSION, minimum);
    settings_.trust.Apply(curl);
    const ClientCertificate& certificate = settings_.certificate;
    if (certificate.chain.empty()) return;
    const auto blob = [&](CURLoption option, const std::string& text) {
        curl_blob borrowed{const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};
        Set(curl, option, &borrowed);
    };
    blob(CURLOPT_SSLCERT_BLOB, certificate.chain);
    blob(CURLOPT_SSLKEY_BLOB, certificate.key.Reveal());
    if (!certificate.password.empty()) Set(curl, CURLOPT_KEYPASSWD, certificate.password.Reveal().c_str());
}

bool Exchange::SetProxy() {
    CURL* curl = handle_.get();
    proxy_ = settings_.proxies.For(target_);
    // A proxy that reads only the first request of a connection (tinyproxy) would pass the next one on as it is, with
    // its own password in it. A tunnel has no such second reading.
    const bool passes_on = proxy_ != nullptr && !target_.https && proxy_->scheme != "socks5h";
    if (!Set(curl, CURLOPT_FORBID_REUSE, passes_on ? 1L : 0L)) return false;
    if (proxy_ == nullptr) return Set(curl, CURLOPT_PROXY, "");
    const bool has_user = !proxy_->user.empty();
    return Set(curl, CURLOPT_PROXY, proxy_->Url().c_str()) && Set(curl, CURLOPT_NOPROXY, "") &&
           Set(curl, CURLOPT_PROXYUSERNAME, has_user ? proxy_->user.c_str() : nullptr) &&
           Set(curl, CURLOPT_PROXYPASSWORD, has_user ? proxy_->password.Reveal().c_str() : nullptr);
}

int Exchange::OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address) noexcept {
    return static_cast<Exchange*>(self)->Open(*address);
}

// The last word on where a connection goes, whoever looked the name up.
int Exchange::Open(const curl_sockaddr& address) {
    opened_ = true;
    if (const auto to = EndpointOf(address.family, address.addr)) {
        auto why = settings_.policy.WhyNot(to->address, to->port,
                                           IsWrittenLoopback(proxy_ ? proxy_->target.host : target_.host));
        if (why) {
            denied_ = *std::move(why);
            return CURL_SOCKET_BAD;
        }
    }
    return sockets_->OpenSocket(address.family, address.socktype, address.protocol);
}

bool Exchange::Begin(Request request, Target target, Done done, milliseconds left, base::Secret authorization) {
    request_ = std::move(request);
    target_ = std::move(target);
    authorization_ = std::move(authorization);
    done_ = std::move(done);
    left_ = left;
    answer_.Start(request_.max_response_bytes);
    sends_ = 0;
    denied_.clear();
    opened_ = false;
    error_text_[0] = '\0';
    CURL* curl = handle_.get();
    return Set(curl, CURLOPT_URL, request_.url.c_str()) && SetMethodAndBody() && SetHeaders() &&
           (!settings_.proxies.any() || SetProxy()) && Set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count())) &&
           Set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(left, settings_.connect_timeout).count())) &&
           // A burst to a server that speaks HTTP/2 shares one connection if the second request waits for the first to
           // learn that; without TLS it is never spoken.
           Set(curl, CURLOPT_PIPEWAIT, target_.https || settings_.http_version == HttpVersion::kTwo ? 1L : 0L) &&
           Set(curl, CURLOPT_UNIX_SOCKET_PATH, request_.unix_socket.empty() ? nullptr : request_.unix_socket.c_str());
}

bool Exchange::SetMethodAndBody() {
    CURL* curl = handle_.get();
    bool ok = true;
    if (request_.method == "HEAD") {
        ok = Set(curl, CURLOPT_NOBODY, 1L);
    } else if (request_.body.empty() && !SendsEmptyBody(request_.method)) {
        ok = Set(curl, CURLOPT_HTTPGET, 1L);
    } else {
        ok = Set(curl, CURLOPT_POST, 1L) &&
             Set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size())) &&
             Set(curl, CURLOPT_POSTFIELDS, request_.body.data());
    }
    return ok && Set(curl, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

bool Exchange::Append(List& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return false;
    [[maybe_unused]] curl_slist* same = list.release();
    list.reset(longer);
    return true;
}

bool Exchange::UseAddresses(const std::vector<std::string>& addresses) {
    resolve_list_.reset();
    bool ok = true;
    if (!addresses.empty()) {
        std::string line = (proxy_ == nullptr ? target_ : proxy_->target).Name() + ":";
        for (const std::string& address : addresses) line += (&address == &addresses.front() ? "" : ",") + address;
        ok = Append(resolve_list_, line);
    }
    return ok && Set(handle_.get(), CURLOPT_RESOLVE, resolve_list_.get());
}

// "Name:" takes a header away from libcurl's own, "Name;" sends it empty.
bool Exchange::SetHeaders() {
    header_list_.reset();
    bool ok = Append(header_list_, "Expect:");
    bool has_type = false;
    for (const auto& [name, value] : request_.headers) {
        const std::string_view trimmed = base::Trim(value);
        has_type = has_type || base::EqualsIgnoreCase(name, "content-type");
        ok = ok && Append(header_list_, trimmed.empty() ? name + ";" : name + ": " + std::string(trimmed));
    }
    if (!authorization_.empty()) ok = ok && Append(header_list_, "Authorization: " + authorization_.Reveal());
    if (!has_type) ok = ok && Append(header_list_, "Content-Type:");
    return ok && Set(handle_.get(), CURLOPT_HTTPHEADER, header_list_.get());
}

// 0 ends the transfer with CURLE_WRITE_ERROR.
std::size_t Exchange::OnBody(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    return static_cast<Exchange*>(self)->answer_.TakeBody({data, size * count}) ? size * count : 0;
}

std::size_t Exchange::OnHeader(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    static_cast<Exchange*>(self)->answer_.TakeLine({data, size * count});
    return size * count;
}

int Exchange::OnSend(void* self, char*, char*, int, int) noexcept {
    return ++static_cast<Exchange*>(self)->sends_ > kMaxSends ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

Failure Exchange::FailureOf(CURLcode result) const {
    if (result == CURLE_WRITE_ERROR && answer_.is_cut_off()) result = CURLE_OK;  // cut off here
    // libcurl takes an answer that ends within its headers as whole.
    if (result == CURLE_OK && !answer_.has_head()) result = CURLE_PARTIAL_FILE;
    return {.result = result,
            .sends = sends_,
            .system_error = static_cast<int>(Info<long>(handle_.get(), CURLINFO_OS_ERRNO)),
            .detail = error_text_.data(),
            .left = left_,
            .connect_left = settings_.connect_timeout,
            .denied = result == CURLE_COULDNT_CONNECT ? std::string_view(denied_) : std::string_view(),
            .proxy = proxy_,
            .of_proxy = proxy_ != nullptr && Info<long>(handle_.get(), CURLINFO_PROXY_SSL_VERIFYRESULT) != 0,
            .waited_for = result == CURLE_OPERATION_TIMEDOUT && !opened_ ? settings_.max_connections : 0};
}

std::string Exchange::Remote() const {
    const char* address = Info<char*>(handle_.get(), CURLINFO_PRIMARY_IP);
    const long port = Info<long>(handle_.get(), CURLINFO_PRIMARY_PORT);
    if (address == nullptr || *address == '\0' || port <= 0) return {};
    return RemoteName(address, static_cast<int>(port));
}

Response Exchange::Finish(CURLcode result) {
    Response response = answer_.Conclude(FailureOf(result), target_);
    if (response.end == End::kDone && response.status == kProxyAsksForUser && proxy_ != nullptr)
        response = RefusedByProxy(*proxy_);
    if (!authorization_.empty()) Scrub(CredentialOf(authorization_), response);
    response.remote = Remote();
    return response;
}

}  // namespace fanfare::http_client
