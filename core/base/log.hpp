// One fact, one line: an event in the past tense and its fields, named by the words of the house.
//   log::Info("delivery.finished", {{"destination", name}, {"attempt", "3"}});
// Of one event at info or above, 200 lines pass at once and 50 a second; the next that passes says how many were left out.
// Threads: safe from every thread. Values are escaped: no raw control character reaches the output.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace fanfare::log {

enum class Level { kTrace, kDebug, kInfo, kWarn, kError, kOff };
enum class Format { kText, kJson };

struct Field {
    std::string_view name;
    std::string value;
};

// Call before the first line, and again whenever they change. Lines go to standard error.
void Configure(Level level, Format format);
bool Enabled(Level level);

// Registers a value that must never be printed: wherever it occurs in a later line, "***" stands instead.
void Mask(std::string_view secret);

void Write(Level level, std::string_view event, std::span<const Field> fields);

inline void Debug(std::string_view event, std::initializer_list<Field> fields = {}) {
    if (Enabled(Level::kDebug)) Write(Level::kDebug, event, {fields.begin(), fields.size()});
}
inline void Info(std::string_view event, std::initializer_list<Field> fields = {}) {
    if (Enabled(Level::kInfo)) Write(Level::kInfo, event, {fields.begin(), fields.size()});
}
inline void Warn(std::string_view event, std::initializer_list<Field> fields = {}) {
    if (Enabled(Level::kWarn)) Write(Level::kWarn, event, {fields.begin(), fields.size()});
}
inline void Error(std::string_view event, std::initializer_list<Field> fields = {}) {
    if (Enabled(Level::kError)) Write(Level::kError, event, {fields.begin(), fields.size()});
}

}  // namespace fanfare::log
