// The host's side of the C ABI: the table of functions and the extensions that plugins call.
#pragma once

#include <fanfare/crypto.h>
#include <fanfare/http.h>
#include <fanfare/plugin.h>

namespace fanfare::plugin {

class Instance;

// No function of the table throws; each ends at once and does nothing if it gets a null context.
const fanfare_host& HostTable();

}  // namespace fanfare::plugin

// What a plugin holds as its host: one per instance, with the same life.
struct fanfare_ctx {
    fanfare::plugin::Instance* instance = nullptr;
};
