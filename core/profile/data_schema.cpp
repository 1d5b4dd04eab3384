#include "profile/data_schema.hpp"

#include <utility>

#include "json/value.hpp"

namespace fanfare::profile {

base::Result<std::shared_ptr<const DataSchema>> DataSchema::Compile(std::string_view text) {
    auto schema = schema::Schema::Compile(text, schema::Subject::kData);
    if (!schema) return std::move(schema).error();
    return std::shared_ptr<const DataSchema>(new DataSchema(*std::move(schema)));
}

std::vector<model::Fault> DataSchema::Check(std::string_view data) const {
    const auto value = json::ParseData(data);
    if (!value) return {{"", "cannot be checked against the schema: " + value.error().message}};
    std::vector<model::Fault> faults;
    for (schema::Violation& violation : schema_->Check(*value)) {
        const std::string hint = violation.hint.empty() ? "" : "; " + violation.hint;
        faults.push_back({std::move(violation.pointer), violation.message + hint});
    }
    return faults;
}

}  // namespace fanfare::profile
