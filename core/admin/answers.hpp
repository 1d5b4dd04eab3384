// What the operations of the admin API answer, as components of the OpenAPI document.
//
// Objects are closed: a member that an operation answers and that is not told here makes the e2e tests fail. Open are
// those whose names are not ours: an event's extensions, and the kinds of misbehaviour.
#pragma once

#include "json/value.hpp"

namespace fanfare::admin {

// By name, each with a description. Every answer of Operations() is one of them, as is "Problem".
json::Value AnswerSchemas();

}  // namespace fanfare::admin
