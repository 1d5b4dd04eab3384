// MD5 as SQS uses it: to show what it has stored, against damage on the way, not against an attacker.
#pragma once

#include <string>
#include <string_view>

namespace fanfare::plugins::sqs {

// 32 hexadecimal digits in lower case; empty if this machine's OpenSSL offers no MD5 (FIPS mode).
std::string Md5Hex(std::string_view text);

}  // namespace fanfare::plugins::sqs
