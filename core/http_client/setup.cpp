#include "http_client/setup.hpp"

#include <algorithm>
#include <limits>

namespace fanfare::http_client {

base::Status SetUp() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    const curl_version_info_data* built = curl_version_info(CURLVERSION_NOW);
    constexpr int kNeeded = CURL_VERSION_SSL | CURL_VERSION_ASYNCHDNS;
    if (started != CURLE_OK || (built->features & kNeeded) != kNeeded)
        return base::MakeError(
            base::Code::kInternal,
            "this libcurl has no TLS or no asynchronous name lookup; install the distribution's own");
    return {};
}

std::chrono::milliseconds TimeLeft(base::SteadyTime deadline) {
    using std::chrono::milliseconds;
    const auto now = std::chrono::steady_clock::now();
    if (deadline <= now) return milliseconds(0);
    // libcurl counts in int.
    return std::min(std::chrono::ceil<milliseconds>(deadline - now), milliseconds(std::numeric_limits<int>::max()));
}

Response Failed(End end, std::string error) {
    Response response;
    response.end = end;
    response.error = std::move(error);
    return response;
}

}  // namespace fanfare::http_client
