// A mail as a request to SES.
//
// Sources: Amazon SES API Reference v2, SendEmail (JSON); Amazon SES API Reference (2010-12-01), SendEmail and
// SendRawEmail (Query).
#pragma once

#include "aws/client.hpp"
#include "mail.hpp"

namespace fanfare::plugins::ses {

// Without a deadline. Errors: ConfigError: the mail is larger than the options allow.
aws::Call CallOfV2(const Mail& mail, const Options& options);
aws::Call CallOfV1(const Mail& mail, const Options& options);

// The id that SES gave the mail, of the answer of either; empty: it holds none.
std::string MessageIdOf(std::string_view answer);

}  // namespace fanfare::plugins::ses
