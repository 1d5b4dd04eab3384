// A JSON Schema for the data of events.
//
// Threads: immutable once compiled; safe from every thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/event.hpp"
#include "schema/schema.hpp"

namespace fanfare::profile {

class DataSchema {
public:
    // Errors: kConfig, if `text` is no JSON Schema that can be used on what strangers send.
    static base::Result<std::shared_ptr<const DataSchema>> Compile(std::string_view text);

    // Every violation, by its pointer into the data; JSON that cannot be checked is one too.
    std::vector<model::Fault> Check(std::string_view data) const;

private:
    explicit DataSchema(std::unique_ptr<const schema::Schema> schema) : schema_(std::move(schema)) {}

    std::unique_ptr<const schema::Schema> schema_;
};

}  // namespace fanfare::profile
