// What the store knows, as the JSON of the admin API.
#pragma once

#include "json/value.hpp"
#include "model/delivery.hpp"
#include "model/request.hpp"
#include "store/ledger.hpp"

namespace fanfare::admin {

json::Value Render(const model::DeliveryView& delivery);
json::Value Render(const model::Attempt& attempt);
// What a destination is sent: its body as a string if it is text, else in base 64 ("body_base64"). Values of headers
// and options whose name looks like that of a secret are "***".
json::Value Render(const model::Request& request);
// With the event's data: as JSON if it is JSON, as a string if it is text, else in base 64 ("data_base64").
json::Value Render(const store::EventView& event);
// For lists: without its data, and of its deliveries the states.
json::Value RenderBrief(const store::EventView& event);
json::Value Render(const store::Counts& counts);

}  // namespace fanfare::admin
