// CloudEvents type Timestamp: RFC 3339, 5.6 and 5.7.
#pragma once

#include <string_view>

namespace fanfare::model {

// A date that exists, a time of day with any number of decimals, and Z or an offset. 'T' and 'Z' may be lower case.
// Second 60 is accepted where a leap second can stand: at the end of a day in UTC.
bool IsTimestamp(std::string_view text);

}  // namespace fanfare::model
