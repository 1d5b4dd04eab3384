// The tables, and how a file made by an older fanfare becomes one of today. Described in FORMAT.md.
#pragma once

#include "base/result.hpp"
#include "store/sqlite/connection.hpp"

namespace fanfare::store::sqlite {

inline constexpr int kApplicationId = 0x46414E46;  // "FANF"
inline constexpr int kSchemaVersion = 6;

// The `state` of a delivery's row. Waiting and sent take the same room in a row, so that a success changes it in place.
enum class RowState : std::int64_t { kFresh = 0, kSent = 1, kRetry = 2, kDead = 3, kCancelled = 4 };

// What `request` of a delivery's row says beside the id of a row of `request`. NULL: the event is sent as it came.
inline constexpr std::int64_t kNeverRendered = 0;

// Refuses a file that is not a store of ours or is newer than this program. Writes nothing.
base::Status CheckIdentity(Connection& db, const std::string& path);
// One transaction per version.
void Migrate(Connection& db);

}  // namespace fanfare::store::sqlite
