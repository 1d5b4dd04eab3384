#include "base/json_text.hpp"

#include <gtest/gtest.h>

namespace fanfare::base {
namespace {

std::string Json(std::string_view text) {
    std::string out = "x";
    AppendJsonString(out, text);
    return out;
}

TEST(AppendJsonString, EscapesWhatJsonMustEscapeAndNothingElse) {
    EXPECT_EQ(Json(std::string_view("a\"\\/\n\r\t\x01\x1f\0\xC3\xA9z", 13)),
              "x\"a\\\"\\\\/\\n\\r\\t\\u0001\\u001f\\u0000\xC3\xA9z\"");
}

TEST(AppendJsonString, NeverWritesBytesThatAreNotUtf8) { EXPECT_EQ(Json("a\xFF\xC3"), "x\"a??\""); }

TEST(AppendJsonString, EscapesDelete) { EXPECT_EQ(Json("\x7f"), "x\"\\u007f\""); }

}  // namespace
}  // namespace fanfare::base
