// A request, sent and waited for, as the tests of this room need it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "http_client/client.hpp"
#include "http_client/settings.hpp"

namespace fanfare::http_client {

inline base::SteadyTime In(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

inline Request Get(std::string url) {
    Request request;
    request.url = std::move(url);
    request.deadline = In(std::chrono::seconds(60));
    return request;
}

inline Request Post(std::string url, std::string body) {
    Request request = Get(std::move(url));
    request.method = "POST";
    request.body = std::move(body);
    return request;
}

inline std::unique_ptr<Client> OpenClient(std::string ca_file = {}) {
    auto client = Client::Open({.user_agent = "fanfare-test", .ca_file = std::move(ca_file)});
    EXPECT_TRUE(client) << client.error().message;
    return *std::move(client);
}

// As the client has them by itself, but for what `change` does to them.
inline std::shared_ptr<const Settings> SettingsWith(const std::function<void(Settings&)>& change,
                                                    const std::string& ca_file = {}) {
    auto settings = std::make_shared<Settings>();
    auto trust = Trust::Load(ca_file);
    EXPECT_TRUE(trust) << trust.error().message;
    settings->trust = *std::move(trust);
    change(*settings);
    return settings;
}

inline Request With(Request request, std::shared_ptr<const Settings> settings) {
    request.settings = std::move(settings);
    return request;
}

inline std::future<Response> Start(Client& client, Request request) {
    auto promise = std::make_shared<std::promise<Response>>();
    client.Send(std::move(request), [promise](Response response) { promise->set_value(std::move(response)); });
    return promise->get_future();
}

inline Response Send(Client& client, Request request) { return Start(client, std::move(request)).get(); }

}  // namespace fanfare::http_client
