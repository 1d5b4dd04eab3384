/* fanfare/plugin.h: the border between the fanfare daemon (the host) and a plugin. C ABI, major 1.
 *
 * Five rules hold for everything here:
 * 1. A plugin exports one symbol, fanfare_plugin_query_v1. All else lives in tables of function pointers.
 * 2. A growing struct starts with `uint32_t struct_size`, set by the side that fills it. A field is there if and only
 *    if FANFARE_HAS(pointer, struct, field). Fields are appended; none is moved, retyped or removed within major 1.
 * 3. fanfare_str, fanfare_bytes and fanfare_kv are frozen for ever. An array holds frozen types or POINTERS to growing
 *    structs, never growing structs by value: the other side would step with the wrong stride.
 * 4. Nobody frees the other side's memory. What is passed in is borrowed for the call, except a batch, which lives
 *    until all of its events are answered.
 * 5. No exception, panic or longjmp crosses. stdout, stderr, signals, locale, environment and working directory are
 *    the host's.
 *
 * Threads. Each function pointer carries a tag:
 *   [any-thread]  may be called from every thread, at any time between create and the return of destroy.
 *   [control]     called by the host on the thread of the instance, never two at a time for one instance.
 *   [delivery]    like [control], and only between start and stop. An instance needs no lock of its own: deliver,
 *                 answers of host services and control calls of one instance never overlap.
 * Instances are independent of each other and may be called at the same time.
 *
 * Life cycle: query (pure, any number of times) -> create -> start -> deliver ... -> stop -> destroy.
 * destroy is called whenever create succeeded. A loaded plugin is never unloaded.
 *
 * Strings are UTF-8 with a length and no terminator. Times are nanoseconds. Reserved flags are zero; unknown flags are
 * ignored. An absent string has len 0.
 */
#ifndef FANFARE_PLUGIN_H
#define FANFARE_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FANFARE_ABI_MAJOR 1
#define FANFARE_ABI_MINOR 0
/* The lowest host minor a plugin wants to run on. Later fields are hidden unless the author asks for them. */
#ifndef FANFARE_TARGET_MINOR
#define FANFARE_TARGET_MINOR 0
#endif

#define FANFARE_ENTRY_SYMBOL "fanfare_plugin_query_v1"

#if defined(__GNUC__)
#define FANFARE_EXPORT __attribute__((visibility("default")))
#else
#define FANFARE_EXPORT
#endif

/* True if the struct `p` points to was filled by a side that knows `field`. */
#define FANFARE_HAS(p, type, field) \
    ((p)->struct_size >= (uint32_t)(offsetof(type, field) + sizeof((p)->field)))

/* Frozen value types. */
typedef struct fanfare_str {
    const char *ptr;
    size_t len;
} fanfare_str;

typedef struct fanfare_bytes {
    const uint8_t *ptr;
    size_t len;
} fanfare_bytes;

typedef struct fanfare_kv {
    fanfare_str key;
    fanfare_str value;
} fanfare_kv;

/* Initializer of a fanfare_str from a string literal. */
#define FANFARE_LIT(text) {(text), sizeof(text) - 1}

/* Opaque handles. */
typedef struct fanfare_ctx fanfare_ctx;           /* the host's side of one instance: first argument of host calls */
typedef struct fanfare_instance fanfare_instance; /* the plugin's side of it */

typedef uint32_t fanfare_status;
enum {
    FANFARE_OK = 0,
    FANFARE_BUSY = 1,   /* deliver only: nothing was taken, try again after the next answer or a short while */
    FANFARE_ECONFIG = 2, /* the options cannot work; say why with host->set_error */
    FANFARE_EFAILED = 3  /* any other failure; say why with host->set_error */
};

typedef uint32_t fanfare_level;
enum { FANFARE_TRACE = 0, FANFARE_DEBUG = 1, FANFARE_INFO = 2, FANFARE_WARN = 3, FANFARE_ERROR = 4 };

/* What became of an event. 0 is "unset" and never success; a value the host does not know counts as RETRY. */
typedef uint32_t fanfare_outcome;
enum {
    FANFARE_UNSET = 0,
    FANFARE_DELIVERED = 1,    /* the far side took responsibility (a 2xx, a broker's confirm), not "bytes written" */
    FANFARE_RETRY = 2,        /* may work later; retry_after_ms if the far side named a time */
    FANFARE_REJECTED = 3,     /* will never work as it is */
    FANFARE_UNREACHABLE = 4,  /* no contact with the far side at all */
    FANFARE_NOT_ATTEMPTED = 5 /* given back untouched; costs no attempt */
};

/* JSON form of an extension attribute (CloudEvents JSON format 1.0.2, section 2.2). An unknown value is a string. */
enum { FANFARE_KIND_STRING = 0, FANFARE_KIND_INTEGER = 1, FANFARE_KIND_BOOLEAN = 2 };

/* One event owed to this destination. Borrowed until it is answered. */
typedef struct fanfare_event {
    uint32_t struct_size;
    uint32_t attempt;           /* number of this try, from 1 */
    fanfare_str delivery_id;    /* stable over retries and restarts: the key for deduplication at the far side */
    fanfare_str message_id;     /* the host's own id of the event: "msg_" + letters and digits, the same for every
                                   destination and attempt; never chosen by a producer */
    fanfare_str id;             /* CloudEvents attributes as the producer gave them (CloudEvents 1.0, section 3.1) */
    fanfare_str source;
    fanfare_str type;
    fanfare_str subject;        /* optional from here on */
    fanfare_str time;           /* RFC 3339 */
    fanfare_str content_type;   /* datacontenttype; of shaped data, its own */
    fanfare_str data_schema;
    fanfare_str realm;
    const fanfare_kv *extensions; /* CloudEvents extension attributes in canonical string form */
    size_t extension_count;
    fanfare_bytes data;         /* byte for byte as received, or as the destination's `shape` rendered it */
    int64_t received_unix_ns;   /* when the host accepted it */
    fanfare_str order_key;      /* opaque; same key: never two in flight at once; empty: no order asked for */
    const uint8_t *extension_kinds; /* FANFARE_KIND_* for each of `extensions`; NULL: all of them are strings */
    const fanfare_kv *headers;  /* rendered for this event by the destination's `shape`, in its order; ignored by a
                                   plugin whose protocol has no headers */
    size_t header_count;
    const fanfare_kv *options;  /* options with a template: JSON pointer of the option, and its text for this event */
    size_t option_count;
    uint32_t flags;             /* FANFARE_EVENT_* */
    uint32_t reserved;
} fanfare_event;

/* `data` and `content_type` are what the destination's `shape` made: the whole of what is to be sent. The attributes tell
 * about the event, but are not to be sent beside it. */
#define FANFARE_EVENT_SHAPED 1u

typedef struct fanfare_batch {
    uint32_t struct_size;
    uint32_t flags;                     /* FANFARE_BATCH_* */
    uint64_t id;                        /* names this batch in complete() */
    const fanfare_event *const *events; /* pointers: fanfare_event grows */
    size_t count;
    int64_t deadline_mono_ns;           /* CLOCK_MONOTONIC; afterwards the host takes the events back */
} fanfare_batch;

/* The events must reach the far side in this order: stop at the first failure, answer the rest NOT_ATTEMPTED. */
#define FANFARE_BATCH_ORDERED 1u

typedef struct fanfare_result {
    uint32_t struct_size;
    uint32_t index;          /* of the event within its batch */
    fanfare_outcome outcome;
    int32_t code;            /* the far side's own code (HTTP status, SMTP reply, ...), 0 if none */
    int64_t retry_after_ms;  /* only with RETRY; 0 = as the policy says */
    fanfare_str reason;      /* one line for the operator; empty for DELIVERED; no secrets */
    fanfare_str response;    /* first bytes of the far side's answer, if any */
    fanfare_str remote;      /* address that was talked to, "192.0.2.1:443"; empty if none was reached */
    uint32_t flags;          /* FANFARE_RESULT_* */
    uint32_t reserved;
} fanfare_result;

/* The far side wants nothing more from this destination, as HTTP 410 says: the host pauses it and tells the operator. */
#define FANFARE_RESULT_GONE 1u

/* Services of the host. Filled by the host; lives as long as the process. */
typedef struct fanfare_host {
    uint32_t struct_size;
    uint32_t abi_minor; /* of the host */
    fanfare_str version;  /* of the host, for people */

    /* [any-thread] One fact, one line. Never blocks; the host limits the rate and masks secrets. */
    void (*log)(fanfare_ctx *ctx, fanfare_level level, fanfare_str message, const fanfare_kv *fields, size_t count);
    /* [control] The reason of the failure that the current call is about to return. Copied. */
    void (*set_error)(fanfare_ctx *ctx, fanfare_str message);
    /* [any-thread] Answers events of a batch, in one call or many, also from inside deliver. Copied; never calls back
     * into the plugin. Each event is answered once; a second, late or unknown answer is counted and ignored. */
    void (*complete)(fanfare_ctx *ctx, uint64_t batch_id, const fanfare_result *const *results, size_t count);
    /* [any-thread] The same answer for every event of the batch that is still open; result->index is ignored. */
    void (*complete_all)(fanfare_ctx *ctx, uint64_t batch_id, const fanfare_result *result);

    /* [any-thread] The instance's options by JSON pointer (RFC 6901), defaults of the schema filled in. Returns
     * FANFARE_OK, or FANFARE_EFAILED if the value is absent or of another type. Strings live as long as the
     * instance. */
    fanfare_status (*config_str)(fanfare_ctx *ctx, fanfare_str pointer, fanfare_str *out);
    fanfare_status (*config_i64)(fanfare_ctx *ctx, fanfare_str pointer, int64_t *out);
    fanfare_status (*config_f64)(fanfare_ctx *ctx, fanfare_str pointer, double *out);
    fanfare_status (*config_bool)(fanfare_ctx *ctx, fanfare_str pointer, uint32_t *out);
    /* [any-thread] Number of members of the array or object at `pointer`; FANFARE_EFAILED if it is neither. */
    fanfare_status (*config_size)(fanfare_ctx *ctx, fanfare_str pointer, size_t *out);
    /* [any-thread] Name of the n-th member of the object at `pointer`, in the order of the file. */
    fanfare_status (*config_key)(fanfare_ctx *ctx, fanfare_str pointer, size_t n, fanfare_str *out);
    /* [any-thread] The value of an option with "format": "fanfare-secret". It never stands in the options themselves.
     * Writes at most `capacity` bytes, and the full length to *length: call again with more room if it is larger.
     * Ask at each use, keep no copy: the operator may rotate it. FANFARE_EFAILED if there is none. */
    fanfare_status (*secret)(fanfare_ctx *ctx, fanfare_str pointer, char *buffer, size_t capacity, size_t *length);

    /* [any-thread] A table of optional services by id ("fanfare.http/1"), or NULL if this host does not offer it. */
    const void *(*get_extension)(fanfare_ctx *ctx, fanfare_str id);
} fanfare_host;

/* Capabilities of a plugin. */
#define FANFARE_CAP_BLOCKING 1u   /* deliver waits for the far side; the host still gives the instance its own thread */

/* What a plugin is and does. Static storage in the plugin. */
typedef struct fanfare_plugin {
    uint32_t struct_size;
    uint32_t abi_major;       /* FANFARE_ABI_MAJOR it was compiled with */
    uint32_t abi_minor;       /* FANFARE_ABI_MINOR it was compiled with */
    uint32_t required_minor;  /* FANFARE_TARGET_MINOR: oldest host it runs on */
    uint32_t capabilities;    /* FANFARE_CAP_* */
    uint32_t max_batch_events; /* largest batch it wants, at least 1 */
    fanfare_str name;         /* equals the file name without ".so" */
    fanfare_str version;
    fanfare_str vendor;
    fanfare_str license;      /* SPDX */
    fanfare_str description;  /* one line */
    fanfare_str url;
    fanfare_str config_schema; /* JSON Schema draft-07 of the options, with a description for each */

    /* [control] Cheap, no network. Stores the new instance in *out and returns FANFARE_OK; all else is a refusal. */
    fanfare_status (*create)(const fanfare_host *host, fanfare_ctx *ctx, fanfare_instance **out);
    /* [control] May connect. May be NULL. */
    fanfare_status (*start)(fanfare_instance *self);
    /* [delivery] FANFARE_OK: all taken, each event will be answered once. FANFARE_BUSY: nothing taken. */
    fanfare_status (*deliver)(fanfare_instance *self, const fanfare_batch *batch);
    /* [control] No further deliver comes. Answer what you hold, join your threads, return before the deadline
     * (CLOCK_MONOTONIC). May be NULL. */
    void (*stop)(fanfare_instance *self, int64_t deadline_mono_ns);
    /* [control] Frees the instance. */
    void (*destroy)(fanfare_instance *self);
    /* [control] Cross-field checks that the schema cannot say, without network; runs between create and start and for
     * `fanfare check`. May be NULL. */
    fanfare_status (*validate)(fanfare_instance *self);
    /* [delivery] The host has given up waiting for this batch. Advice: free what it holds. May be NULL. */
    void (*cancel)(fanfare_instance *self, uint64_t batch_id);
} fanfare_plugin;

typedef const fanfare_plugin *(*fanfare_plugin_query_fn)(const fanfare_host *host);

/* The one exported symbol. Pure: no thread, no I/O, no allocation that outlives it. May return NULL to refuse `host`.
 * cgo writes its own prototype and then defines FANFARE_NO_ENTRY_PROTOTYPE. */
#ifndef FANFARE_NO_ENTRY_PROTOTYPE
FANFARE_EXPORT const fanfare_plugin *fanfare_plugin_query_v1(const fanfare_host *host);
#endif

#ifdef __cplusplus
}
#endif
#endif
