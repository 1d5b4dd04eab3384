/* The same border without C++: counts events and says so in the log. Keeps plugin.h honest as C11. */
#include <fanfare/plugin.h>

#include <stdio.h>
#include <stdlib.h>

struct fanfare_instance {
    const fanfare_host *host;
    fanfare_ctx *ctx;
    uint64_t events;
};

static fanfare_status create(const fanfare_host *host, fanfare_ctx *ctx, fanfare_instance **out) {
    fanfare_instance *self = calloc(1, sizeof *self);
    if (self == NULL) {
        const fanfare_str text = FANFARE_LIT("no memory for an instance");
        host->set_error(ctx, text);
        return FANFARE_EFAILED;
    }
    self->host = host;
    self->ctx = ctx;
    *out = self;
    return FANFARE_OK;
}

static fanfare_status deliver(fanfare_instance *self, const fanfare_batch *batch) {
    const fanfare_result delivered = {.struct_size = sizeof delivered, .outcome = FANFARE_DELIVERED};
    char text[64];
    self->events += batch->count;
    const int length = snprintf(text, sizeof text, "%llu events so far", (unsigned long long)self->events);
    self->host->log(self->ctx, FANFARE_INFO, (fanfare_str){text, (size_t)length}, NULL, 0);
    self->host->complete_all(self->ctx, batch->id, &delivered);
    return FANFARE_OK;
}

static void destroy(fanfare_instance *self) { free(self); }

static const fanfare_plugin plugin = {
    .struct_size = sizeof plugin,
    .abi_major = FANFARE_ABI_MAJOR,
    .abi_minor = FANFARE_ABI_MINOR,
    .required_minor = FANFARE_TARGET_MINOR,
    .max_batch_events = 64,
    .name = FANFARE_LIT(FANFARE_PLUGIN_NAME),
    .version = FANFARE_LIT(FANFARE_PLUGIN_VERSION),
    .vendor = FANFARE_LIT("Example Ltd"),
    .license = FANFARE_LIT("Apache-2.0"),
    .description = FANFARE_LIT("Counts events in the log"),
    .config_schema = FANFARE_LIT("{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {}}"),
    .create = create,
    .deliver = deliver,
    .destroy = destroy,
};

const fanfare_plugin *fanfare_plugin_query_v1(const fanfare_host *host) {
    (void)host;
    return &plugin;
}
