// A request on its way to be sent.
#pragma once

#include <functional>

#include "http_client/client.hpp"

namespace fanfare::http_client {

using Done = std::function<void(Response)>;

struct Waiting {
    Request request;
    Done done;
    bool is_for_token = false;  // it is itself the one that fetches a token
    bool is_repeated = false;   // after the far side refused the token of the first try
};

}  // namespace fanfare::http_client
