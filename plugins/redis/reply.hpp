// A reply of Redis, as hiredis reads it.
#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <string_view>

namespace fanfare::plugins::redis {

struct FreeReply {
    void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

inline bool IsError(const redisReply& reply) { return reply.type == REDIS_REPLY_ERROR; }

// Of a string, a status or an error; empty for all else.
inline std::string_view TextOf(const redisReply& reply) {
    const bool text = reply.type == REDIS_REPLY_STRING || reply.type == REDIS_REPLY_STATUS || IsError(reply);
    return text && reply.str != nullptr ? std::string_view(reply.str, static_cast<std::size_t>(reply.len))
                                        : std::string_view();
}

// "WRONGTYPE" of "WRONGTYPE Operation against a key ..."
inline std::string_view ErrorCode(const redisReply& reply) {
    const std::string_view text = IsError(reply) ? TextOf(reply) : std::string_view();
    return text.substr(0, text.find(' '));
}

}  // namespace fanfare::plugins::redis
