// Signs the requests that it reads, one JSON object a line, and writes the Authorization header of each: for
// sigv4_as_botocore.py.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include <fanfare/testing.hpp>

#include "plugins/aws/sigv4.hpp"
#include "unit/plugins/openssl_crypto.hpp"

int main() {
    using namespace fanfare;
    testing::FakeHost host;
    host.offer(FANFARE_EXT_CRYPTO, &test::OpenSslCrypto());
    const Crypto crypto(Host(host.table(), host.ctx()));
    for (std::string line; std::getline(std::cin, line);) {
        const auto in = nlohmann::json::parse(line);
        const plugins::aws::Keys keys(in["key"], in["secret"], in["token"]);
        const std::string method = in["method"];
        const std::string url = in["url"];
        const std::string body = in["body"];
        plugins::aws::SignedRequest request{method, url, in["headers"], body};
        plugins::aws::Sign(crypto, keys, {in["region"], in["service"]}, in["time"], request);
        std::cout << request.headers.back().second << '\n';
    }
}
