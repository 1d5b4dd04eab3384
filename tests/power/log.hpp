// The record of plrec.so, mapped and indexed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "power/record.h"

namespace fanfare::power {

struct Entry {
    power_record head;
    std::string_view payload;
};

// Throws std::runtime_error if the file cannot be read. An incomplete last record (the process was killed) is left out.
class RecordLog {
public:
    explicit RecordLog(const std::string& path);
    ~RecordLog();
    RecordLog(const RecordLog&) = delete;
    RecordLog& operator=(const RecordLog&) = delete;

    const std::vector<Entry>& entries() const { return entries_; }

private:
    void* map_ = nullptr;
    std::size_t size_ = 0;
    std::vector<Entry> entries_;
};

// After which entry (index; before it nothing of this counts) the ids of each acknowledgement count as promised:
// normally its own place; for the control "early-ack", before the commit that it waited for.
std::vector<std::size_t> AckPlaces(const RecordLog& log, bool before_commit);

}  // namespace fanfare::power
