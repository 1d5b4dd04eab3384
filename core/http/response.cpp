#include "http/response.hpp"

#include <array>
#include <charconv>

#include "base/error.hpp"
#include "base/json_text.hpp"

namespace fanfare::http {
namespace {

void AppendNumber(std::string& out, std::size_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

Response MakeProblem(int status, std::string_view type, std::string_view title, std::string_view detail,
                     std::string_view extra) {
    Response response;
    response.status = status;
    response.content_type = "application/problem+json";
    std::string& body = response.body;
    body = "{\"type\":";
    base::AppendJsonString(body, type);
    body += ",\"title\":";
    base::AppendJsonString(body, title);
    body += ",\"status\":";
    AppendNumber(body, static_cast<std::size_t>(status));
    body += ",\"detail\":";
    base::AppendJsonString(body, detail);
    if (!extra.empty()) {
        body += ',';
        body += extra;
    }
    body += '}';
    return response;
}

}  // namespace

Response Problem(int status, std::string_view title, std::string_view detail, std::string_view extra) {
    return MakeProblem(status, "about:blank", title, detail, extra);
}

Response Problem(const base::Error& error) {
    const int status = base::HttpStatus(error.code);
    const std::string type = "urn:fanfare:error:" + std::string(base::Name(error.code));
    return MakeProblem(status, type, impl::Reason(status), error.message, {});
}

}  // namespace fanfare::http

namespace fanfare::http::impl {
namespace {

void AppendHeader(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    if (IsFieldValue(value)) {
        out += value;
    } else {
        for (const char c : value) out += IsFieldValue({&c, 1}) ? c : ' ';
    }
    out += "\r\n";
}

bool HasNoBody(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

std::string_view Reason(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 207:
            return "Multi-Status";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 411:
            return "Length Required";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        case 507:
            return "Insufficient Storage";
        default:
            return "Unknown";
    }
}

std::string_view DateCache::Get(std::time_t now) {
    if (now == made_for_) return text_;
    static constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    gmtime_r(&now, &parts);
    const auto two = [](int number) {
        return std::string{static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
    };
    text_ = std::string(kDays[static_cast<std::size_t>(parts.tm_wday)]) + ", " + two(parts.tm_mday) + " " +
            std::string(kMonths[static_cast<std::size_t>(parts.tm_mon)]) + " " + std::to_string(parts.tm_year + 1900) +
            " " + two(parts.tm_hour) + ":" + two(parts.tm_min) + ":" + two(parts.tm_sec) + " GMT";
    made_for_ = now;
    return text_;
}

void AppendResponse(std::string& out, const Response& response, Framing framing, std::string_view date) {
    out += "HTTP/1.1 ";
    AppendNumber(out, static_cast<std::size_t>(response.status));
    out += ' ';
    out += Reason(response.status);
    out += "\r\nDate: ";
    out += date;
    out += "\r\n";
    if (!response.content_type.empty()) AppendHeader(out, "Content-Type", response.content_type);
    for (const auto& [name, value] : response.headers) AppendHeader(out, name, value);
    if (framing.close) out += "Connection: close\r\n";
    if (HasNoBody(response.status)) {
        out += "\r\n";
        return;
    }
    out += "Content-Length: ";
    AppendNumber(out, response.body.size());
    out += "\r\n\r\n";
    if (!framing.head_only) out += response.body;
}

Response ToResponse(const Refusal& refusal) {
    Response response = Problem(refusal.status, Reason(refusal.status), refusal.detail);
    response.close = true;
    if (refusal.status == 405) response.headers.emplace_back("Allow", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
    if (refusal.status == 503) response.headers.emplace_back("Retry-After", "1");
    return response;
}

}  // namespace fanfare::http::impl
