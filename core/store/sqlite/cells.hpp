// The rows on one page of a b-tree, read without SQLite. Says nothing of whether they are right: that is for whoever
// knows the tables. What does not add up is refused, and no more than the page and its overflow chains is read. Source:
// sqlite.org/fileformat2.html (1.6, 2.1).
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/pages.hpp"

namespace fanfare::store::sqlite {

struct Value {
    enum class Kind { kNull, kInt, kText, kBlob };
    Kind kind = Kind::kNull;
    std::int64_t number = 0;
    std::string_view bytes;

    bool is_null() const { return kind == Kind::kNull; }
    bool is_int() const { return kind == Kind::kInt; }
    bool is_text() const { return kind == Kind::kText; }
    bool is_blob() const { return kind == Kind::kBlob; }
};

struct Row {
    std::int64_t rowid = 0;  // in a table that has one
    std::vector<Value> values;
};

struct Cells {
    enum class Kind { kNone, kInterior, kTable, kIndex };  // kNone: not a page of a b-tree; kInterior: one without rows
    Kind kind = Kind::kNone;
    std::vector<Row> rows;
    std::uint64_t damaged = 0;            // cells that cannot be read
    std::vector<std::uint32_t> overflow;  // the pages that the rows go on in
    std::deque<std::string> bytes;        // what the rows show
};

// `page` has the number `number`; it must live as long as the result.
Cells ReadCells(const Pages& pages, std::uint32_t number, const PageBytes& page);

}  // namespace fanfare::store::sqlite
