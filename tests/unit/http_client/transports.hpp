// The same tests for each way that a request over HTTP/1.1 can go: by the client's own exchange, or by libcurl.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "unit/http_client/send.hpp"

namespace fanfare::http_client {

enum class Transport { kPlain, kLibcurl };

inline std::string NameOf(const ::testing::TestParamInfo<Transport>& info) {
    return info.param == Transport::kPlain ? "Plain" : "Libcurl";
}

// A limit of connections is what only libcurl knows to keep (Plain::Carries); this one holds nothing back.
class LibcurlClient final : public Client {
public:
    void Send(Request request, std::function<void(Response)> done) override {
        if (!request.settings) request.settings = settings_;
        client_->Send(std::move(request), std::move(done));
    }
    void AfterThese(std::function<void()> call) override { client_->AfterThese(std::move(call)); }

private:
    const std::shared_ptr<const Settings> settings_ = SettingsWith([](Settings& s) { s.max_connections = 10'000; });
    const std::unique_ptr<Client> client_ = OpenClient();
};

class EachTransport : public ::testing::TestWithParam<Transport> {
public:
    // For the test at hand.
    static std::unique_ptr<Client> Open() {
        if (GetParam() == Transport::kPlain) return OpenClient();
        return std::make_unique<LibcurlClient>();
    }
};

}  // namespace fanfare::http_client

#define FANFARE_EACH_TRANSPORT(suite)      \
    class suite : public EachTransport {}; \
    INSTANTIATE_TEST_SUITE_P(By, suite, ::testing::Values(Transport::kPlain, Transport::kLibcurl), NameOf)
