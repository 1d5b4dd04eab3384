// A mail with an attachment as a MIME message.
//
// Sources: RFC 5322 (header), RFC 2045 (base64, lines of 76), RFC 2046 (multipart/mixed, alternative), RFC 2183 and
// 2231 (the name of a file). SES adds Date and Message-ID.
#pragma once

#include <string>

#include "mail.hpp"

namespace fanfare::plugins::ses {

std::string WriteMime(const Mail& mail);

}  // namespace fanfare::plugins::ses
