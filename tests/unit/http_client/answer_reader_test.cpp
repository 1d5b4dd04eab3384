// Where an answer ends, whatever pieces it comes in.
#include "http_client/answer_reader.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace fanfare::http_client {
namespace {

using Step = AnswerReader::Step;

struct Reading {
    Step step = Step::kMore;
    bool keeps_connection = false;
    int status = 0;
    std::string body;
};

// `bytes` in pieces of `piece`; then, if it is not over, the end of the connection.
Reading InPieces(const std::string& bytes, std::size_t piece, bool closes, bool to_head) {
    Answer answer;
    AnswerReader reader;
    answer.Start(1024);
    reader.Start(answer, to_head);
    Step step = Step::kMore;
    for (std::size_t at = 0; at < bytes.size() && step == Step::kMore; at += piece)
        step = reader.Take(std::string_view(bytes).substr(at, piece));
    if (step == Step::kMore && closes) step = reader.Close();
    const Target target{.https = false, .host = "h", .port = 80, .unix_socket = {}};
    Failure failure;
    failure.result = reader.failure();
    failure.sends = 1;
    const Response response = answer.Conclude(failure, target);
    return {step, step == Step::kDone && reader.keeps_connection(), response.status, response.body};
}

Reading Whole(const std::string& bytes, bool closes = false, bool to_head = false) {
    const Reading whole = InPieces(bytes, bytes.size(), closes, to_head);
    for (std::size_t piece = 1; piece < 8; ++piece) {
        const Reading read = InPieces(bytes, piece, closes, to_head);
        EXPECT_EQ(read.step, whole.step) << piece << "\n" << bytes;
        EXPECT_EQ(read.body, whole.body) << piece << "\n" << bytes;
        EXPECT_EQ(read.status, whole.status) << piece << "\n" << bytes;
        EXPECT_EQ(read.keeps_connection, whole.keeps_connection) << piece << "\n" << bytes;
    }
    return whole;
}

std::string Head(const std::string& fields, const std::string& line = "HTTP/1.1 200 OK") {
    return line + "\r\n" + fields + "\r\n";
}

TEST(AnswerReader, EndsABodyByItsLength) {
    const Reading read = Whole(Head("Content-Length: 5\r\n") + "hello");
    EXPECT_EQ(read.step, Step::kDone);
    EXPECT_EQ(read.body, "hello");
    EXPECT_TRUE(read.keeps_connection);
    EXPECT_EQ(Whole(Head("Content-Length: 6\r\n") + "hello").step, Step::kMore);
    EXPECT_EQ(Whole(Head("Content-Length: 6\r\n") + "hello", true).step, Step::kBroken);
}

TEST(AnswerReader, TakesBareLineFeedsAndALineWithoutAReason) {
    const Reading read = Whole("HTTP/1.1 202\ncontent-length:2\n\nok");
    EXPECT_EQ(read.step, Step::kDone);
    EXPECT_EQ(read.status, 202);
    EXPECT_EQ(read.body, "ok");
}

TEST(AnswerReader, PutsChunksTogetherAndReadsOverExtensionsAndTrailers) {
    const std::string body = "3;a=\"b\"\r\nabc\r\n00A \r\n0123456789\r\n0\r\nContent-Length: 7\r\nX: y\r\n\r\n";
    const Reading read = Whole(Head("Transfer-Encoding: chunked\r\n") + body);
    EXPECT_EQ(read.step, Step::kDone);
    EXPECT_EQ(read.body, "abc0123456789");
    EXPECT_TRUE(read.keeps_connection);
}

TEST(AnswerReader, BreaksAtAChunkThatIsNotAsLongAsItSays) {
    for (const char* body :
         {"3\r\nabcd\r\n", "x\r\n", "\r\n", "-1\r\n", "0x3\r\nabc\r\n", "11111111111111111\r\n", "3 4\r\nabc\r\n"})
        EXPECT_EQ(Whole(Head("Transfer-Encoding: chunked\r\n") + body).step, Step::kBroken) << body;
}

TEST(AnswerReader, HasNoBodyWhereNoneCanBe) {
    EXPECT_EQ(Whole(Head("Content-Length: 5\r\n", "HTTP/1.1 204 No Content")).step, Step::kDone);
    EXPECT_EQ(Whole(Head("Transfer-Encoding: chunked\r\n", "HTTP/1.1 304 Not Modified")).step, Step::kDone);
    EXPECT_EQ(Whole(Head("Content-Length: 5\r\n"), false, /*to_head*/ true).step, Step::kDone);
}

TEST(AnswerReader, EndsABodyOfUnknownLengthWithTheConnection) {
    const Reading read = Whole(Head("X: y\r\n") + "all of it", true);
    EXPECT_EQ(read.step, Step::kDone);
    EXPECT_EQ(read.body, "all of it");
    EXPECT_FALSE(read.keeps_connection);
    EXPECT_EQ(Whole(Head("Transfer-Encoding: gzip\r\nContent-Length: 1\r\n") + "xyz").step, Step::kMore);
}

TEST(AnswerReader, KeepsTheConnectionOnlyIfBothVersionsAndWordsAllowIt) {
    const std::string none = "Content-Length: 0\r\n";
    EXPECT_TRUE(Whole(Head(none)).keeps_connection);
    EXPECT_FALSE(Whole(Head(none + "Connection: x, Close\r\n")).keeps_connection);
    EXPECT_FALSE(Whole(Head(none + "Connection: close\r\nConnection: keep-alive\r\n")).keeps_connection);
    EXPECT_FALSE(Whole(Head(none, "HTTP/1.0 200 OK")).keeps_connection);
    EXPECT_TRUE(Whole(Head(none + "connection: Keep-Alive\r\n", "HTTP/1.0 200 OK")).keeps_connection);
}

TEST(AnswerReader, DoesNotKeepAConnectionWhoseAnswerCanBeReadInTwoWays) {
    const Reading both = Whole(Head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n");
    EXPECT_EQ(both.step, Step::kDone);
    EXPECT_FALSE(both.keeps_connection);
    const Reading old =
        Whole(Head("Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", "HTTP/1.0 200 OK") + "0\r\n\r\n");
    EXPECT_FALSE(old.keeps_connection);
    const std::string more = Head("Content-Length: 2\r\n") + "ok" + "HTTP/1.1 200 OK\r\n";
    EXPECT_FALSE(InPieces(more, more.size(), false, false).keeps_connection);
}

TEST(AnswerReader, BreaksAtALengthThatIsNone) {
    for (const char* value : {"-1", "+1", "1x", "0x1", "", "1, 2", "99999999999999999999999"})
        EXPECT_EQ(Whole(Head("Content-Length: " + std::string(value) + "\r\n")).step, Step::kBroken) << value;
    EXPECT_EQ(Whole(Head("Content-Length: 1\r\nContent-Length: 2\r\n")).step, Step::kBroken);
    EXPECT_EQ(Whole(Head("Content-Length: 1\r\nContent-Length: 1\r\n") + "x").step, Step::kDone);
}

TEST(AnswerReader, BreaksAtWhatIsNoStatusLine) {
    for (const char* line : {"HTTP/2 200", "HTTP/1.1 20", "HTTP/1.1 2000", "HTTP/1.1  200", "HTTP/1.x 200",
                             "ICY 200 OK", "HTTP/1.1 000", "", "http/1.1 200 OK"})
        EXPECT_EQ(Whole(Head("", line)).step, Step::kBroken) << line;
}

TEST(AnswerReader, ForgetsTheFramingOfInterimAnswers) {
    const Reading read = Whole("HTTP/1.1 103 Early\r\nContent-Length: 9\r\nConnection: close\r\n\r\n" +
                               Head("Transfer-Encoding: chunked\r\n") + "1\r\nx\r\n0\r\n\r\n");
    EXPECT_EQ(read.step, Step::kDone);
    EXPECT_EQ(read.body, "x");
    EXPECT_TRUE(read.keeps_connection);
}

TEST(AnswerReader, EndsAHeadThatNeverEnds) {
    std::string flood;
    for (int i = 0; i < 20'000; ++i) flood += "HTTP/1.1 100 Continue\r\n\r\n";
    EXPECT_EQ(InPieces(flood, 1000, false, false).step, Step::kBroken);
    EXPECT_EQ(InPieces(std::string(200'000, 'A'), 1000, false, false).step, Step::kBroken);
    std::string trailers = Head("Transfer-Encoding: chunked\r\n") + "0\r\n";
    for (int i = 0; i < 20'000; ++i) trailers += "X-Trailer: and another one\r\n";
    EXPECT_EQ(InPieces(trailers, 1000, false, false).step, Step::kBroken);
}

}  // namespace
}  // namespace fanfare::http_client
