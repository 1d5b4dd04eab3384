// Requests that must be refused, and how: rows A4-A8 and A23 of the table of ingest attacks, spelled out.
// Each is followed on the same connection by a request for /smuggled; nobody may ever see that one.
#pragma once

#include <string>
#include <vector>

namespace fanfare::http {

struct HostileRequest {
    std::string name;
    std::string bytes;
    int status;
};

inline const std::string kSmuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

inline std::string Post(const std::string& headers, const std::string& body) {
    return "POST /v1/events HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" + body;
}
inline std::string Chunked(const std::string& body) { return Post("Transfer-Encoding: chunked\r\n", body); }
inline std::string Get(const std::string& target, const std::string& headers = "Host: x\r\n") {
    return "GET " + target + " HTTP/1.1\r\n" + headers + "\r\n";
}

// For limits as Limits{} has them.
inline std::vector<HostileRequest> HostileRequests() {
    using namespace std::string_literals;
    const std::string cl5 = "Content-Length: 5\r\n";
    const std::string te = "Transfer-Encoding: chunked\r\n";
    const std::string last = "0\r\n\r\n";
    std::vector<HostileRequest> all = {
        // A4
        {"CL and TE", Post(cl5 + te, last), 400},
        {"TE and CL", Post(te + cl5, last), 400},
        {"CL 0 and TE", Post("Content-Length: 0\r\n" + te, last), 400},
        // A5
        {"two different CLs", Post(cl5 + "Content-Length: 6\r\n", "hello"), 400},
        {"two equal CLs", Post(cl5 + cl5, "hello"), 400},
        {"a list as CL", Post("Content-Length: 5, 5\r\n", "hello"), 400},
        {"negative CL", Post("Content-Length: -1\r\n", ""), 400},
        {"signed CL", Post("Content-Length: +5\r\n", "hello"), 400},
        {"CL with a tail", Post("Content-Length: 5abc\r\n", "hello"), 400},
        {"hexadecimal CL", Post("Content-Length: 0x5\r\n", "hello"), 400},
        {"CL with a space inside", Post("Content-Length: 1 0\r\n", "hello"), 400},
        {"overflowing CL", Post("Content-Length: 18446744073709551621\r\n", "hello"), 400},
        {"long overflowing CL", Post("Content-Length: 99999999999999999999999999999\r\n", "hello"), 400},
        {"empty CL", Post("Content-Length:\r\n", ""), 400},
        {"blank CL", Post("Content-Length:   \r\n", ""), 400},
        {"fractional CL", Post("Content-Length: 5.0\r\n", "hello"), 400},
        {"TE xchunked", Post("Transfer-Encoding: xchunked\r\n", last), 400},
        {"TE with a space before its colon", Post("Transfer-Encoding : chunked\r\n", last), 400},
        {"TE with a tab before its colon", Post("Transfer-Encoding\t: chunked\r\n", last), 400},
        {"TE chunked, identity", Post("Transfer-Encoding: chunked, identity\r\n", last), 400},
        {"TE identity, chunked", Post("Transfer-Encoding: identity, chunked\r\n", last), 400},
        {"TE gzip, chunked", Post("Transfer-Encoding: gzip, chunked\r\n", last), 400},
        {"TE gzip", Post("Transfer-Encoding: gzip\r\n", ""), 400},
        {"TE identity", Post("Transfer-Encoding: identity\r\n", ""), 400},
        {"TE twice", Post(te + te, last), 400},
        {"TE in two headers", Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", last), 400},
        {"TE empty", Post("Transfer-Encoding:\r\n", last), 400},
        {"TE quoted", Post("Transfer-Encoding: \"chunked\"\r\n", last), 400},
        {"TE with a parameter", Post("Transfer-Encoding: chunked;q=1\r\n", last), 400},
        {"TE in capitals", Post("Transfer-Encoding: CHUNKED\r\n", last), 400},
        {"TE with a vertical tab", Post("Transfer-Encoding: \vchunked\r\n", last), 400},
        {"TE in HTTP/1.0", "POST / HTTP/1.0\r\nHost: x\r\n" + te + "\r\n" + last, 400},
        // A6
        {"chunk size overflow", Chunked("10000000000000005\r\nhello\r\n" + last), 400},
        {"chunk size with leading zeros", Chunked("000000005\r\nhello\r\n" + last), 400},
        {"negative chunk size", Chunked("-5\r\nhello\r\n" + last), 400},
        {"signed chunk size", Chunked("+5\r\nhello\r\n" + last), 400},
        {"chunk size zz", Chunked("zz\r\nhello\r\n" + last), 400},
        {"chunk size 0x5", Chunked("0x5\r\nhello\r\n" + last), 400},
        {"empty chunk size", Chunked("\r\nhello\r\n" + last), 400},
        {"space before a chunk size", Chunked(" 5\r\nhello\r\n" + last), 400},
        {"space after a chunk size", Chunked("5 \r\nhello\r\n" + last), 400},
        {"no CRLF after a chunk", Chunked("5\r\nhello" + last), 400},
        {"chunk longer than its size", Chunked("5\r\nhello!\r\n" + last), 400},
        {"LF after a chunk", Chunked("5\r\nhello\n" + last), 400},
        {"bare LF after a chunk size", Chunked("5\nhello\r\n" + last), 400},
        {"bare LF in a chunk extension", Chunked("5;a\nhello\r\n" + last), 400},
        {"CR in a chunk extension", Chunked("5;a\rb\r\nhello\r\n" + last), 400},
        {"NUL in a chunk extension", Chunked("5;a\0b\r\nhello\r\n"s + last), 400},
        {"long chunk extension", Chunked("5;" + std::string(300, 'a') + "\r\nhello\r\n" + last), 400},
        {"last chunk with a bare LF", Chunked("0\n\r\n"), 400},
        {"bare LF after the last chunk", Chunked("0\r\n\n"), 400},
        {"trailer without colon", Chunked("0\r\nTrailer\r\n\r\n"), 400},
        {"trailer with a bare LF", Chunked("0\r\nA: b\n\r\n"), 400},
        {"folded trailer", Chunked("0\r\nA: b\r\n c\r\n\r\n"), 400},
        {"large trailer", Chunked("0\r\nA: " + std::string(9000, 'b') + "\r\n\r\n"), 431},
        {"chunk above the body limit", Chunked("80000000\r\nhello"), 413},
        // A7
        {"bare LF after the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n", 400},
        {"bare LF after a header", "GET / HTTP/1.1\r\nHost: x\n\r\n", 400},
        {"bare LF at the end of the head", "GET / HTTP/1.1\r\nHost: x\r\n\n", 400},
        {"bare CR in a header", Get("/", "Host: x\r\nA: b\rc\r\n"), 400},
        {"bare CR in the request line", "GET /\r HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"CR CR LF", Get("/", "Host: x\r\nA: b\r\r\n"), 400},
        {"obs-fold with a space", Get("/", "Host: x\r\nA: b\r\n c\r\n"), 400},
        {"obs-fold with a tab", Get("/", "Host: x\r\nA: b\r\n\tc\r\n"), 400},
        {"white space before the first header", Get("/", " Host: x\r\n"), 400},
        {"header without colon", Get("/", "Host: x\r\nNoColon\r\n"), 400},
        {"header without name", Get("/", "Host: x\r\n: b\r\n"), 400},
        {"space in a header name", Get("/", "Host: x\r\nA B: c\r\n"), 400},
        {"NUL in a header name", Get("/", "Host: x\r\nA\0B: c\r\n"s), 400},
        {"non-ASCII in a header name", Get("/", "Host: x\r\nA\xc3\xa4: c\r\n"), 400},
        {"parenthesis in a header name", Get("/", "Host: x\r\nA(: c\r\n"), 400},
        {"NUL in a header value", Get("/", "Host: x\r\nA: b\0c\r\n"s), 400},
        {"DEL in a header value", Get("/", "Host: x\r\nA: b\x7f\r\n"), 400},
        {"ESC in a header value", Get("/", "Host: x\r\nA: b\x1b\r\n"), 400},
        {"NUL in the target", Get("/a\0b"s), 400},
        {"control byte in the target", Get("/a\x01"), 400},
        {"tab in the target", Get("/a\tb"), 400},
        {"non-ASCII in the target", Get("/\xc3\xa4"), 400},
        {"space in the target", Get("/a b"), 400},
        {"broken percent-encoding", Get("/%zz"), 400},
        {"cut percent-encoding", Get("/%4"), 400},
        {"fragment in the target", Get("/a#b"), 400},
        {"quote in the target", Get("/\"a\""), 400},
        {"backslash in the target", Get("/a\\b"), 400},
        {"target without slash", Get("v1/events"), 400},
        {"asterisk with GET", Get("*"), 400},
        {"absolute target with another host", Get("http://y/a"), 400},
        {"absolute target with a user", Get("http://u@x/a"), 400},
        {"absolute https target", Get("https://x/a"), 400},
        {"no Host", Get("/", ""), 400},
        {"two Hosts", Get("/", "Host: x\r\nHost: x\r\n"), 400},
        {"empty Host", Get("/", "Host:\r\n"), 400},
        {"list of Hosts", Get("/", "Host: x, y\r\n"), 400},
        {"Host with a path", Get("/", "Host: x/y\r\n"), 400},
        {"Host with a user", Get("/", "Host: u@x\r\n"), 400},
        {"empty line first", "\r\n" + Get("/"), 400},
        {"space first", " GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"two spaces in the request line", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"space after the version", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400},
        {"tab as separator", "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"no version", "GET /\r\nHost: x\r\n\r\n", 400},
        {"only a method", "GET\r\nHost: x\r\n\r\n", 400},
        {"version in small letters", "GET / http/1.1\r\nHost: x\r\n\r\n", 400},
        {"version 1.10", "GET / HTTP/1.10\r\nHost: x\r\n\r\n", 400},
        {"NUL in the method", "G\0T / HTTP/1.1\r\nHost: x\r\n\r\n"s, 400},
        {"brackets in the method", "G[]T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"s, 400},
        // A8
        {"long request line", Get("/" + std::string(17000, 'a')), 414},
        {"request line one byte too long", Get("/" + std::string(4096 - 13, 'a')), 414},
        {"large header", Get("/", "Host: x\r\nA: " + std::string(9000, 'b') + "\r\n"), 431},
        // A9
        {"2 GiB declared", Post("Content-Length: 2147483648\r\n", ""), 413},
        {"one byte too much declared", Post("Content-Length: 8388609\r\n", ""), 413},
        // A23
        {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"HTTP/3.0", "GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505},
        {"HTTP/0.9 with a version", "GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505},
        {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505},
        {"CONNECT", "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", 405},
        {"TRACE", "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", 405},
        {"unknown expectation", Post("Expect: 200-ok\r\n" + cl5, "hello"), 417},
        {"two expectations", Post("Expect: 100-continue, 200-ok\r\n" + cl5, "hello"), 417},
    };
    std::string many = "Host: x\r\n";
    for (int i = 0; i < 200; ++i) many += "A" + std::to_string(i) + ": b\r\n";
    all.push_back({"200 headers", Get("/", many), 431});
    std::string large = "Host: x\r\n";
    for (int i = 0; i < 6; ++i) large += "A" + std::to_string(i) + ": " + std::string(4000, 'b') + "\r\n";
    all.push_back({"24,000 bytes of headers", Get("/", large), 431});
    std::string extensions;
    for (int i = 0; i < 50; ++i) extensions += "1;" + std::string(200, 'e') + "\r\nx\r\n";
    all.push_back({"much of chunk extensions", Chunked(extensions + last), 400});
    std::string trailers = "0\r\n";
    for (int i = 0; i < 100; ++i) trailers += "T: t\r\n";
    all.push_back({"100 trailers", Chunked(trailers + "\r\n"), 431});
    return all;
}

}  // namespace fanfare::http
