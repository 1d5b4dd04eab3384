// What the windows do not hold: fresh deliveries behind a full ring, and retries.
// Threads: one at a time. Errors: SqlError.
#pragma once

#include <string>
#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/sqlite/names.hpp"

namespace fanfare::store::sqlite {

class ClaimReader {
public:
    ClaimReader(const std::string& path, const Names& names, std::uint32_t store_tag);

    struct FreshRows {
        std::vector<Fresh> rows;
        bool reached_end = false;
    };
    FreshRows ReadFresh(model::NameId destination, const RefillPlan& plan);

    struct DueRows {
        std::vector<Due> rows;
        std::int64_t next_due_us = Window::kNever;  // of the first that was not read
    };
    DueRows ReadDue(model::NameId destination, const RetryPlan& plan);

private:
    Parcel ReadParcel(const Rows& rows) const;

    Connection db_;
    const Names& names_;
    const std::uint32_t store_tag_;
    Statement fresh_;
    Statement due_;
    Statement one_;
};

}  // namespace fanfare::store::sqlite
