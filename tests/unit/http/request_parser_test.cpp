#include "http/request_parser.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "unit/http/hostile_requests.hpp"

namespace fanfare::http {
namespace {

using impl::RequestParser;
using Step = RequestParser::Step;

// All that can be observed of one request, as text.
struct Outcome {
    std::string text;
    std::string rest;  // bytes after the request
    bool operator==(const Outcome&) const = default;
};

std::string Describe(const RequestParser& parser, const char* data) {
    RequestHead head;
    parser.FillHead(data, head);
    std::string text = std::string(head.method) + " " + std::string(head.path) + "?" + std::string(head.query);
    for (const Header& header : head.headers) text += "|" + std::string(header.name) + "=" + std::string(header.value);
    text += parser.keep_alive() ? "|keep" : "|close";
    if (parser.expects_continue()) text += "|continue";
    return text + "|" + std::string(parser.Body(data));
}

// Feeds `bytes` in pieces of `piece`, in a buffer made anew for each, so that a read out of bounds is seen.
Outcome Parse(const std::string& bytes, std::size_t piece) {
    const Limits limits;
    RequestParser parser(limits);
    parser.Start();
    std::vector<char> buffer;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t count = std::min(piece, bytes.size() - at);
        std::vector<char> larger(buffer);
        larger.insert(larger.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                      bytes.begin() + static_cast<std::ptrdiff_t>(at + count));
        buffer = std::move(larger);
        at += count;
        std::size_t size = buffer.size();
        Step step = parser.Advance(buffer.data(), size);
        if (step == Step::kHead) step = parser.Advance(buffer.data(), size);
        buffer.resize(size);
        if (step == Step::kRefused)
            return {std::to_string(parser.refusal().status) + " " + std::string(parser.refusal().detail), ""};
        if (step != Step::kComplete) continue;
        const std::size_t used = parser.consumed();
        return {Describe(parser, buffer.data()), std::string(buffer.data() + used, size - used) + bytes.substr(at)};
    }
    return {"incomplete", ""};
}

std::vector<std::string> GoodRequests() {
    return {
        Get("/"),
        Get("/a/b%20c?x=1&y=%C3%A4"),
        Get("/", "hOST: [::1]:80\r\nX-Empty:\r\nX-Blank: \t \r\nX: a\tb \xc3\xa4\r\n"),
        Get("http://x/a?b"),
        "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        Get("/", "Host: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n"),
        Post("Content-Length: 5\r\n", "hello"),
        Post("Content-Length: 005\r\n", "hello"),
        Post("Expect: 100-Continue\r\nContent-Length: 5\r\n", "hello"),
        Chunked("5\r\nhello\r\n6;a=\"b\"\r\n world\r\nA\r\n0123456789\r\n0\r\n\r\n"),
        Chunked("0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"),
        Get("/" + std::string(4096 - 14, 'a')),
    };
}

TEST(RequestParser, RefusesEveryHostileRequestWithItsStatus) {
    for (const HostileRequest& hostile : HostileRequests()) {
        const Outcome outcome = Parse(hostile.bytes + kSmuggled, std::string::npos);
        EXPECT_EQ(outcome.text.substr(0, 4), std::to_string(hostile.status) + " ")
            << hostile.name << ": " << outcome.text;
    }
}

TEST(RequestParser, OutcomeDoesNotDependOnHowTheBytesWereCut) {
    std::vector<std::string> all = GoodRequests();
    for (const HostileRequest& hostile : HostileRequests()) all.push_back(hostile.bytes);
    for (const std::string& bytes : all) {
        const Outcome whole = Parse(bytes + kSmuggled, std::string::npos);
        for (const std::size_t piece : {1, 2, 3, 7, 64}) {
            const Outcome cut = Parse(bytes + kSmuggled, piece);
            EXPECT_EQ(whole.text, cut.text) << bytes.substr(0, 200);
            EXPECT_EQ(whole.rest, cut.rest) << bytes.substr(0, 200);
        }
    }
}

TEST(RequestParser, LeavesTheNextRequestUntouched) {
    for (const std::string& bytes : GoodRequests()) {
        EXPECT_EQ(Parse(bytes + kSmuggled, std::string::npos).rest, kSmuggled) << bytes.substr(0, 200);
    }
}

TEST(RequestParser, ReadsWhatTheClientSaid) {
    EXPECT_EQ(Parse(GoodRequests()[1], 1).text, "GET /a/b%20c?x=1&y=%C3%A4|Host=x|keep|");
    EXPECT_EQ(Parse(GoodRequests()[2], 1).text, "GET /?|hOST=[::1]:80|X-Empty=|X-Blank=|X=a\tb \xc3\xa4|keep|");
    EXPECT_EQ(Parse(GoodRequests()[3], 1).text, "GET /a?b|Host=x|keep|");
    EXPECT_EQ(Parse(GoodRequests()[5], 1).text, "GET /?|close|");
    EXPECT_EQ(Parse(GoodRequests()[6], 1).text, "GET /?|Host=x|Connection=Upgrade, close|Upgrade=h2c|close|");
    EXPECT_EQ(Parse(GoodRequests()[10], 1).text,
              "POST /v1/events?|Host=x|Transfer-Encoding=chunked|keep|hello world0123456789");
}

TEST(RequestParser, DropsTrailers) {
    EXPECT_EQ(Parse(GoodRequests()[11], 1).text, "POST /v1/events?|Host=x|Transfer-Encoding=chunked|keep|");
}

TEST(RequestParser, TakesNoPartOfARequestAsTheWhole) {
    for (const std::string& bytes : GoodRequests()) {
        for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
            ASSERT_EQ(Parse(bytes.substr(0, cut), std::string::npos).text, "incomplete") << bytes.substr(0, cut);
        }
    }
}

TEST(RequestParser, ChunksOfAnEndlessBodyAreRefusedAtTheLimit) {
    std::string body;
    const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    for (int i = 0; i < 129; ++i) body += chunk;
    EXPECT_EQ(Parse(Chunked(body), std::string::npos).text.substr(0, 3), "413");
}

TEST(RequestParser, SurvivesMutatedRequests) {
    std::vector<std::string> seeds = GoodRequests();
    for (const HostileRequest& hostile : HostileRequests()) seeds.push_back(hostile.bytes.substr(0, 600));
    std::mt19937 random(20240607);
    const auto below = [&random](std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
    };
    static constexpr std::string_view kBytes("\r\n\0 \t:;,0123456789abcfxX-+/%?#\x7f\xff", 33);
    for (int round = 0; round < 6000; ++round) {
        std::string bytes = seeds[below(seeds.size())];
        for (std::size_t change = below(4) + 1; change > 0 && !bytes.empty(); --change) {
            const std::size_t at = below(bytes.size());
            switch (below(4)) {
                case 0:
                    bytes[at] = kBytes[below(kBytes.size())];
                    break;
                case 1:
                    bytes.erase(at, below(4) + 1);
                    break;
                case 2:
                    bytes.insert(at, 1, kBytes[below(kBytes.size())]);
                    break;
                default:
                    bytes.insert(at, bytes.substr(below(bytes.size()), below(20)));
                    break;
            }
        }
        ASSERT_EQ(Parse(bytes, std::string::npos), Parse(bytes, below(8) + 1)) << bytes;
    }
}

}  // namespace
}  // namespace fanfare::http
