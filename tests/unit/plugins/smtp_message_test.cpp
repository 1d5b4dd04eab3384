// How the smtp plugin makes a mail: addresses, headers and bodies against known answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <fanfare/base64.hpp>
#include <fanfare/host.hpp>

#include "plugins/smtp/address.hpp"
#include "plugins/smtp/header.hpp"
#include "plugins/smtp/message.hpp"
#include "plugins/smtp/text.hpp"

namespace fanfare::plugins::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string Subject(std::string_view value) {
    std::string out;
    AppendTextHeader(out, "Subject", value);
    return out;
}

std::size_t LongestLine(const std::string& text) {
    std::size_t longest = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find("\r\n", at), text.size());
        longest = std::max(longest, end - at);
        at = end + 2;
    }
    return longest;
}

// What RFC 2047 decoders make of a field of encoded words alone.
std::string Decoded(const std::string& header) {
    std::string out;
    for (std::size_t at = header.find("=?UTF-8?B?"); at != std::string::npos; at = header.find("=?UTF-8?B?", at)) {
        at += 10;
        out += parse_base64(header.substr(at, header.find("?=", at) - at)).value();
    }
    return out;
}

TEST(SmtpAddress, IsTakenWithAndWithoutItsName) {
    EXPECT_EQ(ParseMailbox(" a.b+c@example.com "), (Mailbox{"", "a.b+c@example.com"}));
    EXPECT_EQ(ParseMailbox("Jo Doe <jo@example.com>"), (Mailbox{"Jo Doe", "jo@example.com"}));
    EXPECT_EQ(ParseMailbox("\"Doe, \\\"Jo\\\"\" <jo@example.com>"), (Mailbox{"Doe, \"Jo\"", "jo@example.com"}));
    EXPECT_EQ(ParseMailbox("<jo@[192.0.2.1]>"), (Mailbox{"", "jo@[192.0.2.1]"}));
    EXPECT_EQ(ParseMailbox("J\xC3\xBCrgen <j\xC3\xBCrgen@m\xC3\xBCnchen.example>"),
              (Mailbox{"J\xC3\xBCrgen", "j\xC3\xBCrgen@m\xC3\xBCnchen.example"}));
}

TEST(SmtpAddress, ThatCouldLeaveACommandOrHeaderIsRefused) {
    for (const std::string text :
         {"", "jo", "jo@", "@example.com", "jo@example.com> SIZE=1", "jo@example.com\r\nDATA", "a b@example.com",
          "jo@a..b", ".jo@example.com", "jo@exa mple.com", "<jo@example.com", "jo@example.com>", "a,b@example.com",
          "jo@<x>", "Jo\r\nBcc: x@y <jo@example.com>", "jo@[1\r\n]", "jo@\xFFx", "\"jo\"@example.com",
          "jo@example.com\n"}) {
        EXPECT_THROW(ParseMailbox(text), ConfigError) << text;
    }
    EXPECT_THROW(ParseMailbox(std::string(65, 'a') + "@example.com"), ConfigError);
    EXPECT_THROW(ParseMailbox("a@" + std::string(253, 'a')), ConfigError);
}

TEST(SmtpAddress, ListIsSplitAtCommasOutsideQuotesAndTrimmed) {
    EXPECT_THAT(ParseMailboxes(" a@x.example ,, \"Doe, Jo\" <b@x.example>,c@x.example,"),
                ElementsAre(Mailbox{"", "a@x.example"}, Mailbox{"Doe, Jo", "b@x.example"}, Mailbox{"", "c@x.example"}));
    EXPECT_TRUE(ParseMailboxes(" , ").empty());
}

TEST(SmtpAddress, DomainsAreComparedWithoutCaseAndLocalPartsWithIt) {
    EXPECT_TRUE(IsSameAddress("jo@Example.COM", "jo@example.com"));
    EXPECT_FALSE(IsSameAddress("Jo@example.com", "jo@example.com"));
    EXPECT_FALSE(IsSameAddress("xjo@example.com", "jo@example.com"));
}

TEST(SmtpHeader, PlainTextStaysAsItIs) {
    EXPECT_EQ(Subject("order.paid: 42 = 6 * 7"), "Subject: order.paid: 42 = 6 * 7\r\n");
}

TEST(SmtpHeader, TextBeyondAsciiIsEncoded) {
    EXPECT_EQ(Subject("Gr\xC3\xBC\xC3\x9F"
                      "e"),
              "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n");
}

TEST(SmtpHeader, WhatLooksEncodedIsEncodedSoThatItIsReadAsItWasWritten) {
    EXPECT_EQ(Decoded(Subject("=?UTF-8?B?eA==?=")), "=?UTF-8?B?eA==?=");
}

TEST(SmtpHeader, LineBreaksCannotMakeAnotherField) {
    EXPECT_EQ(Subject("a\r\nBcc: x@y"), "Subject: a  Bcc: x@y\r\n");
    EXPECT_EQ(Subject(std::string_view("a\0b\nc\rd", 7)), "Subject: a b c d\r\n");
    EXPECT_EQ(Decoded(Subject("\xC3\xA4\r\nBcc: x")), "\xC3\xA4  Bcc: x");
}

TEST(SmtpHeader, LongTextIsFoldedAtItsSpacesAndUnfoldsToItself) {
    std::string text;
    for (int i = 0; i < 60; ++i) text += "word" + std::to_string(i) + (i % 7 == 0 ? "   " : " ");
    text.pop_back();
    std::string header = Subject(text);
    EXPECT_LE(LongestLine(header), 78u);
    for (std::size_t at = header.find("\r\n "); at != std::string::npos; at = header.find("\r\n ")) header.erase(at, 2);
    EXPECT_EQ(header, "Subject: " + text + "\r\n");
}

TEST(SmtpHeader, LongTextBeyondAsciiIsSeveralEncodedWordsThatCutNoCharacter) {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "\xE2\x82\xAC\xF0\x9F\x98\x80 ";
    text.pop_back();
    const std::string header = Subject(text);
    EXPECT_LE(LongestLine(header), 76u);
    EXPECT_EQ(Decoded(header), text);
    for (std::size_t at = header.find("?B?"); at != std::string::npos; at = header.find("?B?", at + 1)) {
        EXPECT_TRUE(is_utf8(parse_base64(header.substr(at + 3, header.find("?=", at + 3) - at - 3)).value()));
    }
}

TEST(SmtpHeader, WordThatCannotBeFoldedIsEncoded) {
    const std::string word(5000, 'x');
    EXPECT_LE(LongestLine(Subject(word)), 76u);
    EXPECT_EQ(Decoded(Subject(word)), word);
}

TEST(SmtpHeader, NamesAreAtomsQuotedStringsOrEncodedWords) {
    std::string out;
    AppendAddressHeader(out, "To",
                        {{"Jo Doe", "a@x.example"}, {"Doe, \"Jo\"", "b@x.example"}, {"J\xC3\xBC", "c@x.example"}});
    EXPECT_EQ(out,
              "To: Jo Doe <a@x.example>, \"Doe, \\\"Jo\\\"\" <b@x.example>, =?UTF-8?B?SsO8?=\r\n <c@x.example>\r\n");
    out.clear();
    AppendAddressHeader(out, "Cc", {});
    EXPECT_EQ(out, "");
}

TEST(SmtpText, ObjectIsIndentedWithItsNumbersAndStringsAsWritten) {
    EXPECT_EQ(ReadableJson(
                  R"({"n":1.10,"big":123456789012345678901234567890,"s":"a\"{,:\u00e9","l":[1,[],{}],"o":{"x":null}})"),
              "{\n  \"n\": 1.10,\n  \"big\": 123456789012345678901234567890,\n  \"s\": \"a\\\"{,:\\u00e9\",\n"
              "  \"l\": [\n    1,\n    [],\n    {}\n  ],\n  \"o\": {\n    \"x\": null\n  }\n}");
    EXPECT_EQ(ReadableJson("{}"), "{}");
    EXPECT_EQ(ReadableJson(" [ ] "), "[]");
    EXPECT_EQ(ReadableJson("42"), "42");
    EXPECT_EQ(ReadableJson("null"), "");
}

TEST(SmtpText, StringIsItsText) { EXPECT_EQ(ReadableJson(R"("a \"b\"\n\u00e9")"), "a \"b\"\n\xC3\xA9"); }

TEST(SmtpText, DeepJsonDoesNotGrowWithoutBounds) {
    std::string deep(250, '[');
    for (int i = 0; i < 20000; ++i) deep += "1,";
    deep += "1" + std::string(250, ']');
    EXPECT_LE(ReadableJson(deep).size(), deep.size() * 8 + 4096);
}

TEST(SmtpText, LineEndsOfAnyKindBecomeCrLf) {
    EXPECT_EQ(EncodeText("a\nb\rc\r\nd").bytes, "a\r\nb\r\nc\r\nd\r\n");
    EXPECT_STREQ(EncodeText("a\nb").transfer_encoding, "7bit");
    EXPECT_EQ(EncodeText("").bytes, "");
}

TEST(SmtpText, WhatIsNotPlainIsQuotedPrintableWithShortLines) {
    const Encoded encoded = EncodeText("caf\xC3\xA9 = " + std::string(200, 'x') + "\nend \n");
    EXPECT_STREQ(encoded.transfer_encoding, "quoted-printable");
    EXPECT_THAT(encoded.bytes, StartsWith("caf=C3=A9 =3D xxx"));
    EXPECT_THAT(encoded.bytes, EndsWith("\r\nend=20\r\n"));
    EXPECT_LE(LongestLine(encoded.bytes), 76u);
}

TEST(SmtpText, LongLineOrControlCharacterIsNotSentAsItIs) {
    EXPECT_STREQ(EncodeText(std::string(998, 'x')).transfer_encoding, "7bit");
    EXPECT_STREQ(EncodeText(std::string(999, 'x')).transfer_encoding, "quoted-printable");
    EXPECT_STREQ(EncodeText(std::string_view("a\0b", 3)).transfer_encoding, "quoted-printable");
}

TEST(SmtpText, TextMostlyBeyondAsciiIsBase64) {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "\xE6\x97\xA5";
    const Encoded encoded = EncodeText(text);
    EXPECT_STREQ(encoded.transfer_encoding, "base64");
    EXPECT_LE(LongestLine(encoded.bytes), 76u);
    std::string joined = encoded.bytes;
    std::erase_if(joined, [](char c) { return c == '\r' || c == '\n'; });
    EXPECT_EQ(parse_base64(joined), text + "\r\n");
}

Draft Sample() {
    Draft draft;
    draft.from = {"Fanfare", "fanfare@example.com"};
    draft.to = {{"", "ops@example.com"}};
    draft.subject = "order.paid";
    draft.text = "Hello\n.\nthere";
    draft.unix_s = 1714816800;
    draft.id = "dlv_1";
    return draft;
}

TEST(SmtpMessage, PlainMailIsThisToTheByte) {
    EXPECT_EQ(Build(Sample()),
              "Date: Sat, 04 May 2024 10:00:00 +0000\r\n"
              "From: Fanfare <fanfare@example.com>\r\n"
              "To: ops@example.com\r\n"
              "Subject: order.paid\r\n"
              "Message-ID: <dlv_1@example.com>\r\n"
              "Auto-Submitted: auto-generated\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: 7bit\r\n"
              "\r\n"
              "Hello\r\n.\r\nthere\r\n");
}

TEST(SmtpMessage, HtmlIsAnAlternativeThatStandsAfterTheText) {
    Draft draft = Sample();
    draft.html = "<p>Hello</p>";
    EXPECT_THAT(Build(draft), EndsWith("Content-Type: multipart/alternative;\r\n boundary=\"=_dlv_1_a_0\"\r\n"
                                       "\r\n"
                                       "--=_dlv_1_a_0\r\n"
                                       "Content-Type: text/plain; charset=utf-8\r\n"
                                       "Content-Transfer-Encoding: 7bit\r\n"
                                       "\r\n"
                                       "Hello\r\n.\r\nthere\r\n"
                                       "\r\n"
                                       "--=_dlv_1_a_0\r\n"
                                       "Content-Type: text/html; charset=utf-8\r\n"
                                       "Content-Transfer-Encoding: 7bit\r\n"
                                       "\r\n"
                                       "<p>Hello</p>\r\n"
                                       "\r\n"
                                       "--=_dlv_1_a_0--\r\n"));
}

TEST(SmtpMessage, TextThatHoldsTheBoundaryGetsAnotherOne) {
    Draft draft = Sample();
    draft.html = "--=_dlv_1_a_0--";
    EXPECT_THAT(Build(draft), HasSubstr("boundary=\"=_dlv_1_a_1\""));
}

TEST(SmtpMessage, BlindCopiesStandInNoHeader) {
    Draft draft = Sample();
    draft.cc = {{"", "seen@example.com"}};
    draft.bcc = {{"", "hidden@example.com"}};
    EXPECT_THAT(Build(draft), HasSubstr("\r\nCc: seen@example.com\r\n"));
    EXPECT_THAT(Build(draft), Not(HasSubstr("hidden")));
}

TEST(SmtpMessage, OperatorsHeadersAreAddedAndMaySayWhoSubmitted) {
    Draft draft = Sample();
    draft.headers = {{"auto-submitted", "no"}, {"X-Team", "bl\xC3\xBC"}};
    const std::string mail = Build(draft);
    EXPECT_THAT(mail, HasSubstr("\r\nauto-submitted: no\r\nX-Team: =?UTF-8?B?YmzDvA==?=\r\n"));
    EXPECT_THAT(mail, Not(HasSubstr("auto-generated")));
}

}  // namespace
}  // namespace fanfare::plugins::smtp
