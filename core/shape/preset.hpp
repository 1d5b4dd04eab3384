// Payloads that need no template. Inside of the room.
#pragma once

#include "base/result.hpp"
#include "model/event.hpp"
#include "model/request.hpp"
#include "shape/facts.hpp"

namespace fanfare::shape {

// Source: CloudEvents JSON format 1.0.2. Data is put in byte for byte where it is JSON.
model::Payload MakeCloudEvent(const model::Event& event, Facts& facts);

// Source: SEED-SYSTEMS 1C.1. Data that is such an envelope already stays as it is, but for errors_count, which is
// always the number of errors. Errors: kUnprocessable.
base::Result<model::Payload> MakeEnvelope(const model::Envelope& envelope, Facts& facts);

// Errors: kUnprocessable, if the event is no change; names the member that it lacks.
base::Result<model::Payload> MakeObject(Facts& facts);

}  // namespace fanfare::shape
