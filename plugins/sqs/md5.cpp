#include "md5.hpp"

#include <openssl/evp.h>

#include <array>

namespace fanfare::plugins::sqs {

std::string Md5Hex(std::string_view text) {
    constexpr char kHex[] = "0123456789abcdef";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest = {};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr) != 1) return {};
    std::string out;
    for (unsigned int i = 0; i < size; ++i) out += {kHex[digest[i] >> 4], kHex[digest[i] & 15]};
    return out;
}

}  // namespace fanfare::plugins::sqs
