// What AWS says went wrong, and what becomes of the delivery.
//
// Sources: AWS JSON 1.0/1.1 and restJson1 protocols, "Operation error serialization" (__type, x-amzn-errortype; a
// namespace before '#', a URI behind ':'); Query protocol (Error/Code, Error/Message); "Common errors" of the API
// references; throttling codes: botocore, retries/standard.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <fanfare/http.hpp>

namespace fanfare::plugins::aws {

struct Fault {
    std::string code;  // "ThrottlingException"; empty: the answer names none
    std::string message;
};

Fault FaultOf(const HttpResponse& response);

// Too much or out of order just now: the same request will do later.
bool IsTemporary(std::string_view code);
// The service did not take these credentials: others may do.
bool RefusesKeys(std::string_view code);

// The outcome for the event or events of a request. `where` names the far side: "sqs.eu-west-1.amazonaws.com". Nothing
// of `secrets` stands in it, whatever the service echoes.
Outcome OutcomeOf(const HttpResponse& response, const Fault& fault, std::string_view where,
                  std::initializer_list<std::string_view> secrets);

// "code: first line of the message", without secrets.
std::string Words(const Fault& fault, std::initializer_list<std::string_view> secrets);

}  // namespace fanfare::plugins::aws
