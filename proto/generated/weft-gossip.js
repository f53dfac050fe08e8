/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["weft-gossip"] || ($protobuf.roots["weft-gossip"] = {});

export const weft = $root.weft = (() => {

    /**
     * Namespace weft.
     * @exports weft
     * @namespace
     */
    const weft = {};

    weft.gossip = (function() {

        /**
         * Namespace gossip.
         * @memberof weft
         * @namespace
         */
        const gossip = {};

        gossip.Packet = (function() {

            /**
             * Properties of a Packet.
             * @typedef {Object} weft.gossip.Packet.$Properties
             * @property {string|null} [from] Packet from
             * @property {number|null} [incarnation] Packet incarnation
             * @property {string|null} [to] Packet to
             * @property {weft.gossip.Probe.$Properties|null} [ping] Packet ping
             * @property {weft.gossip.Probe.$Properties|null} [ack] Packet ack
             * @property {weft.gossip.Ask.$Properties|null} [ask] Packet ask
             * @property {weft.gossip.Probe.$Properties|null} [nack] Packet nack
             * @property {weft.gossip.Beat.$Properties|null} [beat] Packet beat
             * @property {weft.gossip.Path.$Properties|null} [path] Packet path
             * @property {Array.<weft.gossip.News.$Properties>|null} [news] Packet news
             * @property {"ping"|"ack"|"ask"|"nack"|"beat"|"path"} [message] Packet message
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Packet.
             * @memberof weft.gossip
             * @interface IPacket
             * @augments weft.gossip.Packet.$Properties
             * @deprecated Use weft.gossip.Packet.$Properties instead.
             */

            /**
             * Narrowed shape of a Packet.
             * @typedef {{
             *   from?: string|null;
             *   incarnation?: number|null;
             *   to?: string|null;
             *   ping?: weft.gossip.Probe.$Shape|null;
             *   ack?: weft.gossip.Probe.$Shape|null;
             *   ask?: weft.gossip.Ask.$Shape|null;
             *   nack?: weft.gossip.Probe.$Shape|null;
             *   beat?: weft.gossip.Beat.$Shape|null;
             *   path?: weft.gossip.Path.$Shape|null;
             *   news?: Array.<weft.gossip.News.$Shape>|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ message?: undefined; ping?: null; ack?: null; ask?: null; nack?: null; beat?: null; path?: null }|{ message?: "ping"; ping: weft.gossip.Probe.$Shape; ack?: null; ask?: null; nack?: null; beat?: null; path?: null }|{ message?: "ack"; ping?: null; ack: weft.gossip.Probe.$Shape; ask?: null; nack?: null; beat?: null; path?: null }|{ message?: "ask"; ping?: null; ack?: null; ask: weft.gossip.Ask.$Shape; nack?: null; beat?: null; path?: null }|{ message?: "nack"; ping?: null; ack?: null; ask?: null; nack: weft.gossip.Probe.$Shape; beat?: null; path?: null }|{ message?: "beat"; ping?: null; ack?: null; ask?: null; nack?: null; beat: weft.gossip.Beat.$Shape; path?: null }|{ message?: "path"; ping?: null; ack?: null; ask?: null; nack?: null; beat?: null; path: weft.gossip.Path.$Shape })
             * )} weft.gossip.Packet.$Shape
             */

            /**
             * Constructs a new Packet.
             * @memberof weft.gossip
             * @classdesc Represents a Packet.
             * @constructor
             * @param {weft.gossip.Packet.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Packet = function (properties) {
                this.news = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Packet from.
             * @member {string} from
             * @memberof weft.gossip.Packet
             * @instance
             */
            Packet.prototype.from = "";

            /**
             * Packet incarnation.
             * @member {number} incarnation
             * @memberof weft.gossip.Packet
             * @instance
             */
            Packet.prototype.incarnation = 0;

            /**
             * Packet to.
             * @member {string} to
             * @memberof weft.gossip.Packet
             * @instance
             */
            Packet.prototype.to = "";

            /**
             * Packet ping.
             * @member {weft.gossip.Probe.$Properties|null|undefined} ping
             * @memberof weft.gossip.Packet
             * @instance
             */
            Packet.prototype.ping = null;

            /**
             * Packet ack.
             * @member {weft.gossip.Probe.$Properties|null|undefined} ack
             * @memberof weft.gossip.Packet
             * @instance
             */
            Packet.prototype.ack = null;

            /**
             * Packet ask.
             * @member {weft.gossip.Ask.$Properties|null|undefined} ask
             * @memberof weft.gossip.Packet
             * @instance
             */
            Packet.prototype.ask = null;

            /**
             * Packet nack.
             * @member {weft.gossip.Probe.$Properties|null|undefined} nack
             * @memberof weft.gossip.Packet
             * @instance
             */
            Packet.prototype.nack = null;

            /**
             * Packet beat.
             * @member {weft.gossip.Beat.$Properties|null|undefined} beat
             * @memberof weft.gossip.Packet
             * @instance
             */
            Packet.prototype.beat = null;

            /**
             * Packet path.
             * @member {weft.gossip.Path.$Properties|null|undefined} path
             * @memberof weft.gossip.Packet
             * @instance
             */
            Packet.prototype.path = null;

            /**
             * Packet news.
             * @member {Array.<weft.gossip.News.$Properties>} news
             * @memberof weft.gossip.Packet
             * @instance
             */
            Packet.prototype.news = $util.emptyArray;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * Packet message.
             * @member {"ping"|"ack"|"ask"|"nack"|"beat"|"path"|undefined} message
             * @memberof weft.gossip.Packet
             * @instance
             */
            $Object.defineProperty(Packet.prototype, "message", {
                get: $util.oneOfGetter($oneOfFields = ["ping", "ack", "ask", "nack", "beat", "path"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Creates a new Packet instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Packet
             * @static
             * @param {weft.gossip.Packet.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Packet} Packet instance
             * @type {{
             *   (properties: weft.gossip.Packet.$Shape): weft.gossip.Packet & weft.gossip.Packet.$Shape;
             *   (properties?: weft.gossip.Packet.$Properties): weft.gossip.Packet;
             * }}
             */
            Packet.create = function(properties) {
                return new Packet(properties);
            };

            /**
             * Encodes the specified Packet message. Does not implicitly {@link weft.gossip.Packet.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Packet
             * @static
             * @param {weft.gossip.Packet.$Properties} message Packet message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Packet.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.from != null && $Object.hasOwnProperty.call(message, "from") && message.from !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.from);
                if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && message.incarnation !== 0)
                    writer.uint32(/* id 2, wireType 5 =*/21).fixed32(message.incarnation);
                if (message.to != null && $Object.hasOwnProperty.call(message, "to") && message.to !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.to);
                if (message.ping != null && $Object.hasOwnProperty.call(message, "ping"))
                    $root.weft.gossip.Probe.encode(message.ping, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.ack != null && $Object.hasOwnProperty.call(message, "ack"))
                    $root.weft.gossip.Probe.encode(message.ack, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                if (message.ask != null && $Object.hasOwnProperty.call(message, "ask"))
                    $root.weft.gossip.Ask.encode(message.ask, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.nack != null && $Object.hasOwnProperty.call(message, "nack"))
                    $root.weft.gossip.Probe.encode(message.nack, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.beat != null && $Object.hasOwnProperty.call(message, "beat"))
                    $root.weft.gossip.Beat.encode(message.beat, writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
                if (message.news != null && message.news.length)
                    for (let i = 0; i < message.news.length; ++i)
                        $root.weft.gossip.News.encode(message.news[i], writer.uint32(/* id 9, wireType 2 =*/74).fork(), _depth + 1).ldelim();
                if (message.path != null && $Object.hasOwnProperty.call(message, "path"))
                    $root.weft.gossip.Path.encode(message.path, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Packet message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Packet
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Packet & weft.gossip.Packet.$Shape} Packet
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Packet.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Packet();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.from = value;
                            else
                                delete message.from;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 5)
                                break;
                            if (value = reader.fixed32())
                                message.incarnation = value;
                            else
                                delete message.incarnation;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.to = value;
                            else
                                delete message.to;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            message.ping = $root.weft.gossip.Probe.decode(reader, reader.size(), $undefined, _depth + 1, message.ping);
                            message.message = "ping";
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            message.ack = $root.weft.gossip.Probe.decode(reader, reader.size(), $undefined, _depth + 1, message.ack);
                            message.message = "ack";
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            message.ask = $root.weft.gossip.Ask.decode(reader, reader.size(), $undefined, _depth + 1, message.ask);
                            message.message = "ask";
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.nack = $root.weft.gossip.Probe.decode(reader, reader.size(), $undefined, _depth + 1, message.nack);
                            message.message = "nack";
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            message.beat = $root.weft.gossip.Beat.decode(reader, reader.size(), $undefined, _depth + 1, message.beat);
                            message.message = "beat";
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            message.path = $root.weft.gossip.Path.decode(reader, reader.size(), $undefined, _depth + 1, message.path);
                            message.message = "path";
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            if (!(message.news && message.news.length))
                                message.news = [];
                            message.news.push($root.weft.gossip.News.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Packet;
        })();

        gossip.Probe = (function() {

            /**
             * Properties of a Probe.
             * @typedef {Object} weft.gossip.Probe.$Properties
             * @property {number|null} [nonce] Probe nonce
             * @property {string|null} [target] Probe target
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Probe.
             * @memberof weft.gossip
             * @interface IProbe
             * @augments weft.gossip.Probe.$Properties
             * @deprecated Use weft.gossip.Probe.$Properties instead.
             */

            /**
             * Shape of a Probe.
             * @typedef {weft.gossip.Probe.$Properties} weft.gossip.Probe.$Shape
             */

            /**
             * Constructs a new Probe.
             * @memberof weft.gossip
             * @classdesc Represents a Probe.
             * @constructor
             * @param {weft.gossip.Probe.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Probe = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Probe nonce.
             * @member {number} nonce
             * @memberof weft.gossip.Probe
             * @instance
             */
            Probe.prototype.nonce = 0;

            /**
             * Probe target.
             * @member {string} target
             * @memberof weft.gossip.Probe
             * @instance
             */
            Probe.prototype.target = "";

            /**
             * Creates a new Probe instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Probe
             * @static
             * @param {weft.gossip.Probe.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Probe} Probe instance
             * @type {{
             *   (properties: weft.gossip.Probe.$Shape): weft.gossip.Probe & weft.gossip.Probe.$Shape;
             *   (properties?: weft.gossip.Probe.$Properties): weft.gossip.Probe;
             * }}
             */
            Probe.create = function(properties) {
                return new Probe(properties);
            };

            /**
             * Encodes the specified Probe message. Does not implicitly {@link weft.gossip.Probe.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Probe
             * @static
             * @param {weft.gossip.Probe.$Properties} message Probe message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Probe.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.nonce != null && $Object.hasOwnProperty.call(message, "nonce") && message.nonce !== 0)
                    writer.uint32(/* id 1, wireType 5 =*/13).fixed32(message.nonce);
                if (message.target != null && $Object.hasOwnProperty.call(message, "target") && message.target !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.target);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Probe message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Probe
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Probe & weft.gossip.Probe.$Shape} Probe
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Probe.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Probe();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 5)
                                break;
                            if (value = reader.fixed32())
                                message.nonce = value;
                            else
                                delete message.nonce;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.target = value;
                            else
                                delete message.target;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Probe;
        })();

        gossip.Ask = (function() {

            /**
             * Properties of an Ask.
             * @typedef {Object} weft.gossip.Ask.$Properties
             * @property {number|null} [nonce] Ask nonce
             * @property {string|null} [target] Ask target
             * @property {Uint8Array|null} [address] Ask address
             * @property {number|null} [port] Ask port
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Ask.
             * @memberof weft.gossip
             * @interface IAsk
             * @augments weft.gossip.Ask.$Properties
             * @deprecated Use weft.gossip.Ask.$Properties instead.
             */

            /**
             * Shape of an Ask.
             * @typedef {weft.gossip.Ask.$Properties} weft.gossip.Ask.$Shape
             */

            /**
             * Constructs a new Ask.
             * @memberof weft.gossip
             * @classdesc Represents an Ask.
             * @constructor
             * @param {weft.gossip.Ask.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Ask = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Ask nonce.
             * @member {number} nonce
             * @memberof weft.gossip.Ask
             * @instance
             */
            Ask.prototype.nonce = 0;

            /**
             * Ask target.
             * @member {string} target
             * @memberof weft.gossip.Ask
             * @instance
             */
            Ask.prototype.target = "";

            /**
             * Ask address.
             * @member {Uint8Array} address
             * @memberof weft.gossip.Ask
             * @instance
             */
            Ask.prototype.address = $util.newBuffer([]);

            /**
             * Ask port.
             * @member {number} port
             * @memberof weft.gossip.Ask
             * @instance
             */
            Ask.prototype.port = 0;

            /**
             * Creates a new Ask instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Ask
             * @static
             * @param {weft.gossip.Ask.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Ask} Ask instance
             * @type {{
             *   (properties: weft.gossip.Ask.$Shape): weft.gossip.Ask & weft.gossip.Ask.$Shape;
             *   (properties?: weft.gossip.Ask.$Properties): weft.gossip.Ask;
             * }}
             */
            Ask.create = function(properties) {
                return new Ask(properties);
            };

            /**
             * Encodes the specified Ask message. Does not implicitly {@link weft.gossip.Ask.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Ask
             * @static
             * @param {weft.gossip.Ask.$Properties} message Ask message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Ask.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.nonce != null && $Object.hasOwnProperty.call(message, "nonce") && message.nonce !== 0)
                    writer.uint32(/* id 1, wireType 5 =*/13).fixed32(message.nonce);
                if (message.target != null && $Object.hasOwnProperty.call(message, "target") && message.target !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.target);
                if (message.address != null && $Object.hasOwnProperty.call(message, "address") && message.address.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.address);
                if (message.port != null && $Object.hasOwnProperty.call(message, "port") && message.port !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.port);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Ask message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Ask
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Ask & weft.gossip.Ask.$Shape} Ask
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Ask.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Ask();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 5)
                                break;
                            if (value = reader.fixed32())
                                message.nonce = value;
                            else
                                delete message.nonce;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.target = value;
                            else
                                delete message.target;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.address = value;
                            else
                                delete message.address;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.port = value;
                            else
                                delete message.port;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Ask;
        })();

        gossip.Beat = (function() {

            /**
             * Properties of a Beat.
             * @typedef {Object} weft.gossip.Beat.$Properties
             * @property {number|null} [sequence] Beat sequence
             * @property {boolean|null} [released] Beat released
             * @property {number|null} [every] Beat every
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Beat.
             * @memberof weft.gossip
             * @interface IBeat
             * @augments weft.gossip.Beat.$Properties
             * @deprecated Use weft.gossip.Beat.$Properties instead.
             */

            /**
             * Shape of a Beat.
             * @typedef {weft.gossip.Beat.$Properties} weft.gossip.Beat.$Shape
             */

            /**
             * Constructs a new Beat.
             * @memberof weft.gossip
             * @classdesc Represents a Beat.
             * @constructor
             * @param {weft.gossip.Beat.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Beat = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Beat sequence.
             * @member {number} sequence
             * @memberof weft.gossip.Beat
             * @instance
             */
            Beat.prototype.sequence = 0;

            /**
             * Beat released.
             * @member {boolean} released
             * @memberof weft.gossip.Beat
             * @instance
             */
            Beat.prototype.released = false;

            /**
             * Beat every.
             * @member {number} every
             * @memberof weft.gossip.Beat
             * @instance
             */
            Beat.prototype.every = 0;

            /**
             * Creates a new Beat instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Beat
             * @static
             * @param {weft.gossip.Beat.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Beat} Beat instance
             * @type {{
             *   (properties: weft.gossip.Beat.$Shape): weft.gossip.Beat & weft.gossip.Beat.$Shape;
             *   (properties?: weft.gossip.Beat.$Properties): weft.gossip.Beat;
             * }}
             */
            Beat.create = function(properties) {
                return new Beat(properties);
            };

            /**
             * Encodes the specified Beat message. Does not implicitly {@link weft.gossip.Beat.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Beat
             * @static
             * @param {weft.gossip.Beat.$Properties} message Beat message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Beat.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.sequence != null && $Object.hasOwnProperty.call(message, "sequence") && message.sequence !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.sequence);
                if (message.released != null && $Object.hasOwnProperty.call(message, "released") && message.released !== false)
                    writer.uint32(/* id 2, wireType 0 =*/16).bool(message.released);
                if (message.every != null && $Object.hasOwnProperty.call(message, "every") && message.every !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.every);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Beat message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Beat
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Beat & weft.gossip.Beat.$Shape} Beat
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Beat.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Beat();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.sequence = value;
                            else
                                delete message.sequence;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.released = value;
                            else
                                delete message.released;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.every = value;
                            else
                                delete message.every;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Beat;
        })();

        gossip.Path = (function() {

            /**
             * Properties of a Path.
             * @typedef {Object} weft.gossip.Path.$Properties
             * @property {number|null} [bout] Path bout
             * @property {weft.gossip.PathStep|null} [step] Path step
             * @property {Array.<weft.gossip.PathSlot.$Properties>|null} [slots] Path slots
             * @property {Array.<number>|null} [got] Path got
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Path.
             * @memberof weft.gossip
             * @interface IPath
             * @augments weft.gossip.Path.$Properties
             * @deprecated Use weft.gossip.Path.$Properties instead.
             */

            /**
             * Shape of a Path.
             * @typedef {weft.gossip.Path.$Properties} weft.gossip.Path.$Shape
             */

            /**
             * Constructs a new Path.
             * @memberof weft.gossip
             * @classdesc Represents a Path.
             * @constructor
             * @param {weft.gossip.Path.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Path = function (properties) {
                this.slots = [];
                this.got = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Path bout.
             * @member {number} bout
             * @memberof weft.gossip.Path
             * @instance
             */
            Path.prototype.bout = 0;

            /**
             * Path step.
             * @member {weft.gossip.PathStep} step
             * @memberof weft.gossip.Path
             * @instance
             */
            Path.prototype.step = 0;

            /**
             * Path slots.
             * @member {Array.<weft.gossip.PathSlot.$Properties>} slots
             * @memberof weft.gossip.Path
             * @instance
             */
            Path.prototype.slots = $util.emptyArray;

            /**
             * Path got.
             * @member {Array.<number>} got
             * @memberof weft.gossip.Path
             * @instance
             */
            Path.prototype.got = $util.emptyArray;

            /**
             * Creates a new Path instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Path
             * @static
             * @param {weft.gossip.Path.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Path} Path instance
             * @type {{
             *   (properties: weft.gossip.Path.$Shape): weft.gossip.Path & weft.gossip.Path.$Shape;
             *   (properties?: weft.gossip.Path.$Properties): weft.gossip.Path;
             * }}
             */
            Path.create = function(properties) {
                return new Path(properties);
            };

            /**
             * Encodes the specified Path message. Does not implicitly {@link weft.gossip.Path.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Path
             * @static
             * @param {weft.gossip.Path.$Properties} message Path message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Path.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.bout != null && $Object.hasOwnProperty.call(message, "bout") && message.bout !== 0)
                    writer.uint32(/* id 1, wireType 5 =*/13).fixed32(message.bout);
                if (message.step != null && $Object.hasOwnProperty.call(message, "step") && message.step !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).int32(message.step);
                if (message.slots != null && message.slots.length)
                    for (let i = 0; i < message.slots.length; ++i)
                        $root.weft.gossip.PathSlot.encode(message.slots[i], writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.got != null && message.got.length)
                    writer.uint32(/* id 4, wireType 2 =*/34).uint32s(message.got);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Path message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Path
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Path & weft.gossip.Path.$Shape} Path
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Path.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Path();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 5)
                                break;
                            if (value = reader.fixed32())
                                message.bout = value;
                            else
                                delete message.bout;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.step = value;
                            else
                                delete message.step;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if (!(message.slots && message.slots.length))
                                message.slots = [];
                            message.slots.push($root.weft.gossip.PathSlot.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 4: {
                            if (wireType === 2) {
                                if (!(message.got && message.got.length))
                                    message.got = [];
                                reader.uint32s(message.got);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.got && message.got.length))
                                message.got = [];
                            message.got.push(reader.uint32());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Path;
        })();

        /**
         * PathStep enum.
         * @name weft.gossip.PathStep
         * @enum {number}
         * @property {number} STEP_UNKNOWN=0 STEP_UNKNOWN value
         * @property {number} OPEN=1 OPEN value
         * @property {number} OPENED=2 OPENED value
         * @property {number} CLOSE=3 CLOSE value
         * @property {number} CLOSED=4 CLOSED value
         */
        gossip.PathStep = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "STEP_UNKNOWN"] = 0;
            values[valuesById[1] = "OPEN"] = 1;
            values[valuesById[2] = "OPENED"] = 2;
            values[valuesById[3] = "CLOSE"] = 3;
            values[valuesById[4] = "CLOSED"] = 4;
            return values;
        })();

        gossip.PathSlot = (function() {

            /**
             * Properties of a PathSlot.
             * @typedef {Object} weft.gossip.PathSlot.$Properties
             * @property {boolean|null} [overlay] PathSlot overlay
             * @property {number|null} [size] PathSlot size
             * @property {number|null} [count] PathSlot count
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a PathSlot.
             * @memberof weft.gossip
             * @interface IPathSlot
             * @augments weft.gossip.PathSlot.$Properties
             * @deprecated Use weft.gossip.PathSlot.$Properties instead.
             */

            /**
             * Shape of a PathSlot.
             * @typedef {weft.gossip.PathSlot.$Properties} weft.gossip.PathSlot.$Shape
             */

            /**
             * Constructs a new PathSlot.
             * @memberof weft.gossip
             * @classdesc Represents a PathSlot.
             * @constructor
             * @param {weft.gossip.PathSlot.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const PathSlot = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * PathSlot overlay.
             * @member {boolean} overlay
             * @memberof weft.gossip.PathSlot
             * @instance
             */
            PathSlot.prototype.overlay = false;

            /**
             * PathSlot size.
             * @member {number} size
             * @memberof weft.gossip.PathSlot
             * @instance
             */
            PathSlot.prototype.size = 0;

            /**
             * PathSlot count.
             * @member {number} count
             * @memberof weft.gossip.PathSlot
             * @instance
             */
            PathSlot.prototype.count = 0;

            /**
             * Creates a new PathSlot instance using the specified properties.
             * @function create
             * @memberof weft.gossip.PathSlot
             * @static
             * @param {weft.gossip.PathSlot.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.PathSlot} PathSlot instance
             * @type {{
             *   (properties: weft.gossip.PathSlot.$Shape): weft.gossip.PathSlot & weft.gossip.PathSlot.$Shape;
             *   (properties?: weft.gossip.PathSlot.$Properties): weft.gossip.PathSlot;
             * }}
             */
            PathSlot.create = function(properties) {
                return new PathSlot(properties);
            };

            /**
             * Encodes the specified PathSlot message. Does not implicitly {@link weft.gossip.PathSlot.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.PathSlot
             * @static
             * @param {weft.gossip.PathSlot.$Properties} message PathSlot message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            PathSlot.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.overlay != null && $Object.hasOwnProperty.call(message, "overlay") && message.overlay !== false)
                    writer.uint32(/* id 1, wireType 0 =*/8).bool(message.overlay);
                if (message.size != null && $Object.hasOwnProperty.call(message, "size") && message.size !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.size);
                if (message.count != null && $Object.hasOwnProperty.call(message, "count") && message.count !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.count);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a PathSlot message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.PathSlot
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.PathSlot & weft.gossip.PathSlot.$Shape} PathSlot
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            PathSlot.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.PathSlot();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.overlay = value;
                            else
                                delete message.overlay;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.size = value;
                            else
                                delete message.size;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.count = value;
                            else
                                delete message.count;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return PathSlot;
        })();

        gossip.News = (function() {

            /**
             * Properties of a News.
             * @typedef {Object} weft.gossip.News.$Properties
             * @property {string|null} [id] News id
             * @property {number|null} [incarnation] News incarnation
             * @property {weft.gossip.Alive.$Properties|null} [alive] News alive
             * @property {weft.gossip.Suspect.$Properties|null} [suspect] News suspect
             * @property {weft.gossip.Dead.$Properties|null} [dead] News dead
             * @property {weft.gossip.Echo.$Properties|null} [echo] News echo
             * @property {"alive"|"suspect"|"dead"|"echo"} [news] News news
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a News.
             * @memberof weft.gossip
             * @interface INews
             * @augments weft.gossip.News.$Properties
             * @deprecated Use weft.gossip.News.$Properties instead.
             */

            /**
             * Narrowed shape of a News.
             * @typedef {{
             *   id?: string|null;
             *   incarnation?: number|null;
             *   alive?: weft.gossip.Alive.$Shape|null;
             *   suspect?: weft.gossip.Suspect.$Shape|null;
             *   dead?: weft.gossip.Dead.$Shape|null;
             *   echo?: weft.gossip.Echo.$Shape|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ news?: undefined; alive?: null; suspect?: null; dead?: null; echo?: null }|{ news?: "alive"; alive: weft.gossip.Alive.$Shape; suspect?: null; dead?: null; echo?: null }|{ news?: "suspect"; alive?: null; suspect: weft.gossip.Suspect.$Shape; dead?: null; echo?: null }|{ news?: "dead"; alive?: null; suspect?: null; dead: weft.gossip.Dead.$Shape; echo?: null }|{ news?: "echo"; alive?: null; suspect?: null; dead?: null; echo: weft.gossip.Echo.$Shape })
             * )} weft.gossip.News.$Shape
             */

            /**
             * Constructs a new News.
             * @memberof weft.gossip
             * @classdesc Represents a News.
             * @constructor
             * @param {weft.gossip.News.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const News = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * News id.
             * @member {string} id
             * @memberof weft.gossip.News
             * @instance
             */
            News.prototype.id = "";

            /**
             * News incarnation.
             * @member {number} incarnation
             * @memberof weft.gossip.News
             * @instance
             */
            News.prototype.incarnation = 0;

            /**
             * News alive.
             * @member {weft.gossip.Alive.$Properties|null|undefined} alive
             * @memberof weft.gossip.News
             * @instance
             */
            News.prototype.alive = null;

            /**
             * News suspect.
             * @member {weft.gossip.Suspect.$Properties|null|undefined} suspect
             * @memberof weft.gossip.News
             * @instance
             */
            News.prototype.suspect = null;

            /**
             * News dead.
             * @member {weft.gossip.Dead.$Properties|null|undefined} dead
             * @memberof weft.gossip.News
             * @instance
             */
            News.prototype.dead = null;

            /**
             * News echo.
             * @member {weft.gossip.Echo.$Properties|null|undefined} echo
             * @memberof weft.gossip.News
             * @instance
             */
            News.prototype.echo = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * News news.
             * @member {"alive"|"suspect"|"dead"|"echo"|undefined} news
             * @memberof weft.gossip.News
             * @instance
             */
            $Object.defineProperty(News.prototype, "news", {
                get: $util.oneOfGetter($oneOfFields = ["alive", "suspect", "dead", "echo"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Creates a new News instance using the specified properties.
             * @function create
             * @memberof weft.gossip.News
             * @static
             * @param {weft.gossip.News.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.News} News instance
             * @type {{
             *   (properties: weft.gossip.News.$Shape): weft.gossip.News & weft.gossip.News.$Shape;
             *   (properties?: weft.gossip.News.$Properties): weft.gossip.News;
             * }}
             */
            News.create = function(properties) {
                return new News(properties);
            };

            /**
             * Encodes the specified News message. Does not implicitly {@link weft.gossip.News.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.News
             * @static
             * @param {weft.gossip.News.$Properties} message News message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            News.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.id);
                if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && message.incarnation !== 0)
                    writer.uint32(/* id 2, wireType 5 =*/21).fixed32(message.incarnation);
                if (message.alive != null && $Object.hasOwnProperty.call(message, "alive"))
                    $root.weft.gossip.Alive.encode(message.alive, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.suspect != null && $Object.hasOwnProperty.call(message, "suspect"))
                    $root.weft.gossip.Suspect.encode(message.suspect, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.dead != null && $Object.hasOwnProperty.call(message, "dead"))
                    $root.weft.gossip.Dead.encode(message.dead, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                if (message.echo != null && $Object.hasOwnProperty.call(message, "echo"))
                    $root.weft.gossip.Echo.encode(message.echo, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a News message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.News
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.News & weft.gossip.News.$Shape} News
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            News.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.News();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 5)
                                break;
                            if (value = reader.fixed32())
                                message.incarnation = value;
                            else
                                delete message.incarnation;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.alive = $root.weft.gossip.Alive.decode(reader, reader.size(), $undefined, _depth + 1, message.alive);
                            message.news = "alive";
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            message.suspect = $root.weft.gossip.Suspect.decode(reader, reader.size(), $undefined, _depth + 1, message.suspect);
                            message.news = "suspect";
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            message.dead = $root.weft.gossip.Dead.decode(reader, reader.size(), $undefined, _depth + 1, message.dead);
                            message.news = "dead";
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            message.echo = $root.weft.gossip.Echo.decode(reader, reader.size(), $undefined, _depth + 1, message.echo);
                            message.news = "echo";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return News;
        })();

        gossip.Alive = (function() {

            /**
             * Properties of an Alive.
             * @typedef {Object} weft.gossip.Alive.$Properties
             * @property {number|null} [nonce] Alive nonce
             * @property {weft.gossip.Facts.$Properties|null} [facts] Alive facts
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Alive.
             * @memberof weft.gossip
             * @interface IAlive
             * @augments weft.gossip.Alive.$Properties
             * @deprecated Use weft.gossip.Alive.$Properties instead.
             */

            /**
             * Shape of an Alive.
             * @typedef {weft.gossip.Alive.$Properties} weft.gossip.Alive.$Shape
             */

            /**
             * Constructs a new Alive.
             * @memberof weft.gossip
             * @classdesc Represents an Alive.
             * @constructor
             * @param {weft.gossip.Alive.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Alive = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Alive nonce.
             * @member {number} nonce
             * @memberof weft.gossip.Alive
             * @instance
             */
            Alive.prototype.nonce = 0;

            /**
             * Alive facts.
             * @member {weft.gossip.Facts.$Properties|null|undefined} facts
             * @memberof weft.gossip.Alive
             * @instance
             */
            Alive.prototype.facts = null;

            /**
             * Creates a new Alive instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Alive
             * @static
             * @param {weft.gossip.Alive.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Alive} Alive instance
             * @type {{
             *   (properties: weft.gossip.Alive.$Shape): weft.gossip.Alive & weft.gossip.Alive.$Shape;
             *   (properties?: weft.gossip.Alive.$Properties): weft.gossip.Alive;
             * }}
             */
            Alive.create = function(properties) {
                return new Alive(properties);
            };

            /**
             * Encodes the specified Alive message. Does not implicitly {@link weft.gossip.Alive.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Alive
             * @static
             * @param {weft.gossip.Alive.$Properties} message Alive message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Alive.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.nonce != null && $Object.hasOwnProperty.call(message, "nonce") && message.nonce !== 0)
                    writer.uint32(/* id 1, wireType 5 =*/13).fixed32(message.nonce);
                if (message.facts != null && $Object.hasOwnProperty.call(message, "facts"))
                    $root.weft.gossip.Facts.encode(message.facts, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Alive message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Alive
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Alive & weft.gossip.Alive.$Shape} Alive
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Alive.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Alive();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 5)
                                break;
                            if (value = reader.fixed32())
                                message.nonce = value;
                            else
                                delete message.nonce;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.facts = $root.weft.gossip.Facts.decode(reader, reader.size(), $undefined, _depth + 1, message.facts);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Alive;
        })();

        gossip.Facts = (function() {

            /**
             * Properties of a Facts.
             * @typedef {Object} weft.gossip.Facts.$Properties
             * @property {Uint8Array|null} [address] Facts address
             * @property {number|null} [port] Facts port
             * @property {Uint8Array|null} [overlay] Facts overlay
             * @property {string|null} [version] Facts version
             * @property {number|null} [protocolMin] Facts protocolMin
             * @property {number|null} [protocolMax] Facts protocolMax
             * @property {Array.<number>|null} [keys] Facts keys
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Facts.
             * @memberof weft.gossip
             * @interface IFacts
             * @augments weft.gossip.Facts.$Properties
             * @deprecated Use weft.gossip.Facts.$Properties instead.
             */

            /**
             * Shape of a Facts.
             * @typedef {weft.gossip.Facts.$Properties} weft.gossip.Facts.$Shape
             */

            /**
             * Constructs a new Facts.
             * @memberof weft.gossip
             * @classdesc Represents a Facts.
             * @constructor
             * @param {weft.gossip.Facts.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Facts = function (properties) {
                this.keys = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Facts address.
             * @member {Uint8Array} address
             * @memberof weft.gossip.Facts
             * @instance
             */
            Facts.prototype.address = $util.newBuffer([]);

            /**
             * Facts port.
             * @member {number} port
             * @memberof weft.gossip.Facts
             * @instance
             */
            Facts.prototype.port = 0;

            /**
             * Facts overlay.
             * @member {Uint8Array} overlay
             * @memberof weft.gossip.Facts
             * @instance
             */
            Facts.prototype.overlay = $util.newBuffer([]);

            /**
             * Facts version.
             * @member {string} version
             * @memberof weft.gossip.Facts
             * @instance
             */
            Facts.prototype.version = "";

            /**
             * Facts protocolMin.
             * @member {number} protocolMin
             * @memberof weft.gossip.Facts
             * @instance
             */
            Facts.prototype.protocolMin = 0;

            /**
             * Facts protocolMax.
             * @member {number} protocolMax
             * @memberof weft.gossip.Facts
             * @instance
             */
            Facts.prototype.protocolMax = 0;

            /**
             * Facts keys.
             * @member {Array.<number>} keys
             * @memberof weft.gossip.Facts
             * @instance
             */
            Facts.prototype.keys = $util.emptyArray;

            /**
             * Creates a new Facts instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Facts
             * @static
             * @param {weft.gossip.Facts.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Facts} Facts instance
             * @type {{
             *   (properties: weft.gossip.Facts.$Shape): weft.gossip.Facts & weft.gossip.Facts.$Shape;
             *   (properties?: weft.gossip.Facts.$Properties): weft.gossip.Facts;
             * }}
             */
            Facts.create = function(properties) {
                return new Facts(properties);
            };

            /**
             * Encodes the specified Facts message. Does not implicitly {@link weft.gossip.Facts.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Facts
             * @static
             * @param {weft.gossip.Facts.$Properties} message Facts message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Facts.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.address != null && $Object.hasOwnProperty.call(message, "address") && message.address.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.address);
                if (message.port != null && $Object.hasOwnProperty.call(message, "port") && message.port !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.port);
                if (message.overlay != null && $Object.hasOwnProperty.call(message, "overlay") && message.overlay.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.overlay);
                if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.version);
                if (message.protocolMin != null && $Object.hasOwnProperty.call(message, "protocolMin") && message.protocolMin !== 0)
                    writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.protocolMin);
                if (message.protocolMax != null && $Object.hasOwnProperty.call(message, "protocolMax") && message.protocolMax !== 0)
                    writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.protocolMax);
                if (message.keys != null && message.keys.length)
                    writer.uint32(/* id 7, wireType 2 =*/58).fixed32s(message.keys);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Facts message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Facts
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Facts & weft.gossip.Facts.$Shape} Facts
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Facts.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Facts();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.address = value;
                            else
                                delete message.address;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.port = value;
                            else
                                delete message.port;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.overlay = value;
                            else
                                delete message.overlay;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.version = value;
                            else
                                delete message.version;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.protocolMin = value;
                            else
                                delete message.protocolMin;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.protocolMax = value;
                            else
                                delete message.protocolMax;
                            continue;
                        }
                    case 7: {
                            if (wireType === 2) {
                                if (!(message.keys && message.keys.length))
                                    message.keys = [];
                                reader.fixed32s(message.keys);
                                continue;
                            }
                            if (wireType !== 5)
                                break;
                            if (!(message.keys && message.keys.length))
                                message.keys = [];
                            message.keys.push(reader.fixed32());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Facts;
        })();

        gossip.Suspect = (function() {

            /**
             * Properties of a Suspect.
             * @typedef {Object} weft.gossip.Suspect.$Properties
             * @property {string|null} [from] Suspect from
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Suspect.
             * @memberof weft.gossip
             * @interface ISuspect
             * @augments weft.gossip.Suspect.$Properties
             * @deprecated Use weft.gossip.Suspect.$Properties instead.
             */

            /**
             * Shape of a Suspect.
             * @typedef {weft.gossip.Suspect.$Properties} weft.gossip.Suspect.$Shape
             */

            /**
             * Constructs a new Suspect.
             * @memberof weft.gossip
             * @classdesc Represents a Suspect.
             * @constructor
             * @param {weft.gossip.Suspect.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Suspect = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Suspect from.
             * @member {string} from
             * @memberof weft.gossip.Suspect
             * @instance
             */
            Suspect.prototype.from = "";

            /**
             * Creates a new Suspect instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Suspect
             * @static
             * @param {weft.gossip.Suspect.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Suspect} Suspect instance
             * @type {{
             *   (properties: weft.gossip.Suspect.$Shape): weft.gossip.Suspect & weft.gossip.Suspect.$Shape;
             *   (properties?: weft.gossip.Suspect.$Properties): weft.gossip.Suspect;
             * }}
             */
            Suspect.create = function(properties) {
                return new Suspect(properties);
            };

            /**
             * Encodes the specified Suspect message. Does not implicitly {@link weft.gossip.Suspect.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Suspect
             * @static
             * @param {weft.gossip.Suspect.$Properties} message Suspect message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Suspect.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.from != null && $Object.hasOwnProperty.call(message, "from") && message.from !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.from);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Suspect message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Suspect
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Suspect & weft.gossip.Suspect.$Shape} Suspect
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Suspect.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Suspect();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.from = value;
                            else
                                delete message.from;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Suspect;
        })();

        /**
         * Cause enum.
         * @name weft.gossip.Cause
         * @enum {number}
         * @property {number} CAUSE_UNKNOWN=0 CAUSE_UNKNOWN value
         * @property {number} ECHO=1 ECHO value
         * @property {number} TIMEOUT=2 TIMEOUT value
         * @property {number} LEFT=3 LEFT value
         */
        gossip.Cause = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "CAUSE_UNKNOWN"] = 0;
            values[valuesById[1] = "ECHO"] = 1;
            values[valuesById[2] = "TIMEOUT"] = 2;
            values[valuesById[3] = "LEFT"] = 3;
            return values;
        })();

        gossip.Dead = (function() {

            /**
             * Properties of a Dead.
             * @typedef {Object} weft.gossip.Dead.$Properties
             * @property {string|null} [from] Dead from
             * @property {weft.gossip.Cause|null} [cause] Dead cause
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Dead.
             * @memberof weft.gossip
             * @interface IDead
             * @augments weft.gossip.Dead.$Properties
             * @deprecated Use weft.gossip.Dead.$Properties instead.
             */

            /**
             * Shape of a Dead.
             * @typedef {weft.gossip.Dead.$Properties} weft.gossip.Dead.$Shape
             */

            /**
             * Constructs a new Dead.
             * @memberof weft.gossip
             * @classdesc Represents a Dead.
             * @constructor
             * @param {weft.gossip.Dead.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Dead = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Dead from.
             * @member {string} from
             * @memberof weft.gossip.Dead
             * @instance
             */
            Dead.prototype.from = "";

            /**
             * Dead cause.
             * @member {weft.gossip.Cause} cause
             * @memberof weft.gossip.Dead
             * @instance
             */
            Dead.prototype.cause = 0;

            /**
             * Creates a new Dead instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Dead
             * @static
             * @param {weft.gossip.Dead.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Dead} Dead instance
             * @type {{
             *   (properties: weft.gossip.Dead.$Shape): weft.gossip.Dead & weft.gossip.Dead.$Shape;
             *   (properties?: weft.gossip.Dead.$Properties): weft.gossip.Dead;
             * }}
             */
            Dead.create = function(properties) {
                return new Dead(properties);
            };

            /**
             * Encodes the specified Dead message. Does not implicitly {@link weft.gossip.Dead.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Dead
             * @static
             * @param {weft.gossip.Dead.$Properties} message Dead message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Dead.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.from != null && $Object.hasOwnProperty.call(message, "from") && message.from !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.from);
                if (message.cause != null && $Object.hasOwnProperty.call(message, "cause") && message.cause !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).int32(message.cause);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Dead message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Dead
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Dead & weft.gossip.Dead.$Shape} Dead
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Dead.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Dead();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.from = value;
                            else
                                delete message.from;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.cause = value;
                            else
                                delete message.cause;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Dead;
        })();

        /**
         * EchoResult enum.
         * @name weft.gossip.EchoResult
         * @enum {number}
         * @property {number} RESULT_UNKNOWN=0 RESULT_UNKNOWN value
         * @property {number} ANSWERED=1 ANSWERED value
         * @property {number} UNDERLAY_ONLY=2 UNDERLAY_ONLY value
         * @property {number} SILENT=3 SILENT value
         * @property {number} STREAM_ONLY=4 STREAM_ONLY value
         */
        gossip.EchoResult = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "RESULT_UNKNOWN"] = 0;
            values[valuesById[1] = "ANSWERED"] = 1;
            values[valuesById[2] = "UNDERLAY_ONLY"] = 2;
            values[valuesById[3] = "SILENT"] = 3;
            values[valuesById[4] = "STREAM_ONLY"] = 4;
            return values;
        })();

        gossip.Echo = (function() {

            /**
             * Properties of an Echo.
             * @typedef {Object} weft.gossip.Echo.$Properties
             * @property {string|null} [observer] Echo observer
             * @property {number|null} [session] Echo session
             * @property {number|null} [sequence] Echo sequence
             * @property {weft.gossip.EchoResult|null} [result] Echo result
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Echo.
             * @memberof weft.gossip
             * @interface IEcho
             * @augments weft.gossip.Echo.$Properties
             * @deprecated Use weft.gossip.Echo.$Properties instead.
             */

            /**
             * Shape of an Echo.
             * @typedef {weft.gossip.Echo.$Properties} weft.gossip.Echo.$Shape
             */

            /**
             * Constructs a new Echo.
             * @memberof weft.gossip
             * @classdesc Represents an Echo.
             * @constructor
             * @param {weft.gossip.Echo.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Echo = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Echo observer.
             * @member {string} observer
             * @memberof weft.gossip.Echo
             * @instance
             */
            Echo.prototype.observer = "";

            /**
             * Echo session.
             * @member {number} session
             * @memberof weft.gossip.Echo
             * @instance
             */
            Echo.prototype.session = 0;

            /**
             * Echo sequence.
             * @member {number} sequence
             * @memberof weft.gossip.Echo
             * @instance
             */
            Echo.prototype.sequence = 0;

            /**
             * Echo result.
             * @member {weft.gossip.EchoResult} result
             * @memberof weft.gossip.Echo
             * @instance
             */
            Echo.prototype.result = 0;

            /**
             * Creates a new Echo instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Echo
             * @static
             * @param {weft.gossip.Echo.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Echo} Echo instance
             * @type {{
             *   (properties: weft.gossip.Echo.$Shape): weft.gossip.Echo & weft.gossip.Echo.$Shape;
             *   (properties?: weft.gossip.Echo.$Properties): weft.gossip.Echo;
             * }}
             */
            Echo.create = function(properties) {
                return new Echo(properties);
            };

            /**
             * Encodes the specified Echo message. Does not implicitly {@link weft.gossip.Echo.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Echo
             * @static
             * @param {weft.gossip.Echo.$Properties} message Echo message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Echo.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.observer != null && $Object.hasOwnProperty.call(message, "observer") && message.observer !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.observer);
                if (message.session != null && $Object.hasOwnProperty.call(message, "session") && message.session !== 0)
                    writer.uint32(/* id 2, wireType 5 =*/21).fixed32(message.session);
                if (message.sequence != null && $Object.hasOwnProperty.call(message, "sequence") && message.sequence !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.sequence);
                if (message.result != null && $Object.hasOwnProperty.call(message, "result") && message.result !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).int32(message.result);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Echo message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Echo
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Echo & weft.gossip.Echo.$Shape} Echo
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Echo.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Echo();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.observer = value;
                            else
                                delete message.observer;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 5)
                                break;
                            if (value = reader.fixed32())
                                message.session = value;
                            else
                                delete message.session;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.sequence = value;
                            else
                                delete message.sequence;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.result = value;
                            else
                                delete message.result;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Echo;
        })();

        gossip.Stream = (function() {

            /**
             * Properties of a Stream.
             * @typedef {Object} weft.gossip.Stream.$Properties
             * @property {string|null} [from] Stream from
             * @property {weft.gossip.Probe.$Properties|null} [ping] Stream ping
             * @property {weft.gossip.Probe.$Properties|null} [ack] Stream ack
             * @property {weft.gossip.State.$Properties|null} [state] Stream state
             * @property {"ping"|"ack"|"state"} [body] Stream body
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Stream.
             * @memberof weft.gossip
             * @interface IStream
             * @augments weft.gossip.Stream.$Properties
             * @deprecated Use weft.gossip.Stream.$Properties instead.
             */

            /**
             * Narrowed shape of a Stream.
             * @typedef {{
             *   from?: string|null;
             *   ping?: weft.gossip.Probe.$Shape|null;
             *   ack?: weft.gossip.Probe.$Shape|null;
             *   state?: weft.gossip.State.$Shape|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ body?: undefined; ping?: null; ack?: null; state?: null }|{ body?: "ping"; ping: weft.gossip.Probe.$Shape; ack?: null; state?: null }|{ body?: "ack"; ping?: null; ack: weft.gossip.Probe.$Shape; state?: null }|{ body?: "state"; ping?: null; ack?: null; state: weft.gossip.State.$Shape })
             * )} weft.gossip.Stream.$Shape
             */

            /**
             * Constructs a new Stream.
             * @memberof weft.gossip
             * @classdesc Represents a Stream.
             * @constructor
             * @param {weft.gossip.Stream.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Stream = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Stream from.
             * @member {string} from
             * @memberof weft.gossip.Stream
             * @instance
             */
            Stream.prototype.from = "";

            /**
             * Stream ping.
             * @member {weft.gossip.Probe.$Properties|null|undefined} ping
             * @memberof weft.gossip.Stream
             * @instance
             */
            Stream.prototype.ping = null;

            /**
             * Stream ack.
             * @member {weft.gossip.Probe.$Properties|null|undefined} ack
             * @memberof weft.gossip.Stream
             * @instance
             */
            Stream.prototype.ack = null;

            /**
             * Stream state.
             * @member {weft.gossip.State.$Properties|null|undefined} state
             * @memberof weft.gossip.Stream
             * @instance
             */
            Stream.prototype.state = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * Stream body.
             * @member {"ping"|"ack"|"state"|undefined} body
             * @memberof weft.gossip.Stream
             * @instance
             */
            $Object.defineProperty(Stream.prototype, "body", {
                get: $util.oneOfGetter($oneOfFields = ["ping", "ack", "state"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Creates a new Stream instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Stream
             * @static
             * @param {weft.gossip.Stream.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Stream} Stream instance
             * @type {{
             *   (properties: weft.gossip.Stream.$Shape): weft.gossip.Stream & weft.gossip.Stream.$Shape;
             *   (properties?: weft.gossip.Stream.$Properties): weft.gossip.Stream;
             * }}
             */
            Stream.create = function(properties) {
                return new Stream(properties);
            };

            /**
             * Encodes the specified Stream message. Does not implicitly {@link weft.gossip.Stream.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Stream
             * @static
             * @param {weft.gossip.Stream.$Properties} message Stream message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Stream.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.from != null && $Object.hasOwnProperty.call(message, "from") && message.from !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.from);
                if (message.ping != null && $Object.hasOwnProperty.call(message, "ping"))
                    $root.weft.gossip.Probe.encode(message.ping, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.ack != null && $Object.hasOwnProperty.call(message, "ack"))
                    $root.weft.gossip.Probe.encode(message.ack, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.state != null && $Object.hasOwnProperty.call(message, "state"))
                    $root.weft.gossip.State.encode(message.state, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Stream message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Stream
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Stream & weft.gossip.Stream.$Shape} Stream
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Stream.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Stream();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.from = value;
                            else
                                delete message.from;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.ping = $root.weft.gossip.Probe.decode(reader, reader.size(), $undefined, _depth + 1, message.ping);
                            message.body = "ping";
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.ack = $root.weft.gossip.Probe.decode(reader, reader.size(), $undefined, _depth + 1, message.ack);
                            message.body = "ack";
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            message.state = $root.weft.gossip.State.decode(reader, reader.size(), $undefined, _depth + 1, message.state);
                            message.body = "state";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Stream;
        })();

        gossip.State = (function() {

            /**
             * Properties of a State.
             * @typedef {Object} weft.gossip.State.$Properties
             * @property {Array.<weft.gossip.Entry.$Properties>|null} [entries] State entries
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a State.
             * @memberof weft.gossip
             * @interface IState
             * @augments weft.gossip.State.$Properties
             * @deprecated Use weft.gossip.State.$Properties instead.
             */

            /**
             * Shape of a State.
             * @typedef {weft.gossip.State.$Properties} weft.gossip.State.$Shape
             */

            /**
             * Constructs a new State.
             * @memberof weft.gossip
             * @classdesc Represents a State.
             * @constructor
             * @param {weft.gossip.State.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const State = function (properties) {
                this.entries = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * State entries.
             * @member {Array.<weft.gossip.Entry.$Properties>} entries
             * @memberof weft.gossip.State
             * @instance
             */
            State.prototype.entries = $util.emptyArray;

            /**
             * Creates a new State instance using the specified properties.
             * @function create
             * @memberof weft.gossip.State
             * @static
             * @param {weft.gossip.State.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.State} State instance
             * @type {{
             *   (properties: weft.gossip.State.$Shape): weft.gossip.State & weft.gossip.State.$Shape;
             *   (properties?: weft.gossip.State.$Properties): weft.gossip.State;
             * }}
             */
            State.create = function(properties) {
                return new State(properties);
            };

            /**
             * Encodes the specified State message. Does not implicitly {@link weft.gossip.State.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.State
             * @static
             * @param {weft.gossip.State.$Properties} message State message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            State.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.entries != null && message.entries.length)
                    for (let i = 0; i < message.entries.length; ++i)
                        $root.weft.gossip.Entry.encode(message.entries[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a State message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.State
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.State & weft.gossip.State.$Shape} State
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            State.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.State();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.entries && message.entries.length))
                                message.entries = [];
                            message.entries.push($root.weft.gossip.Entry.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return State;
        })();

        /**
         * MemberState enum.
         * @name weft.gossip.MemberState
         * @enum {number}
         * @property {number} STATE_UNKNOWN=0 STATE_UNKNOWN value
         * @property {number} ALIVE=1 ALIVE value
         * @property {number} SUSPECTED=2 SUSPECTED value
         * @property {number} DEAD=3 DEAD value
         * @property {number} GONE=4 GONE value
         */
        gossip.MemberState = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "STATE_UNKNOWN"] = 0;
            values[valuesById[1] = "ALIVE"] = 1;
            values[valuesById[2] = "SUSPECTED"] = 2;
            values[valuesById[3] = "DEAD"] = 3;
            values[valuesById[4] = "GONE"] = 4;
            return values;
        })();

        gossip.Entry = (function() {

            /**
             * Properties of an Entry.
             * @typedef {Object} weft.gossip.Entry.$Properties
             * @property {string|null} [id] Entry id
             * @property {number|null} [incarnation] Entry incarnation
             * @property {number|null} [nonce] Entry nonce
             * @property {weft.gossip.Facts.$Properties|null} [facts] Entry facts
             * @property {weft.gossip.MemberState|null} [state] Entry state
             * @property {weft.gossip.Cause|null} [cause] Entry cause
             * @property {Array.<string>|null} [accusers] Entry accusers
             * @property {Array.<weft.gossip.Echo.$Properties>|null} [echoes] Entry echoes
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Entry.
             * @memberof weft.gossip
             * @interface IEntry
             * @augments weft.gossip.Entry.$Properties
             * @deprecated Use weft.gossip.Entry.$Properties instead.
             */

            /**
             * Shape of an Entry.
             * @typedef {weft.gossip.Entry.$Properties} weft.gossip.Entry.$Shape
             */

            /**
             * Constructs a new Entry.
             * @memberof weft.gossip
             * @classdesc Represents an Entry.
             * @constructor
             * @param {weft.gossip.Entry.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Entry = function (properties) {
                this.accusers = [];
                this.echoes = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Entry id.
             * @member {string} id
             * @memberof weft.gossip.Entry
             * @instance
             */
            Entry.prototype.id = "";

            /**
             * Entry incarnation.
             * @member {number} incarnation
             * @memberof weft.gossip.Entry
             * @instance
             */
            Entry.prototype.incarnation = 0;

            /**
             * Entry nonce.
             * @member {number} nonce
             * @memberof weft.gossip.Entry
             * @instance
             */
            Entry.prototype.nonce = 0;

            /**
             * Entry facts.
             * @member {weft.gossip.Facts.$Properties|null|undefined} facts
             * @memberof weft.gossip.Entry
             * @instance
             */
            Entry.prototype.facts = null;

            /**
             * Entry state.
             * @member {weft.gossip.MemberState} state
             * @memberof weft.gossip.Entry
             * @instance
             */
            Entry.prototype.state = 0;

            /**
             * Entry cause.
             * @member {weft.gossip.Cause} cause
             * @memberof weft.gossip.Entry
             * @instance
             */
            Entry.prototype.cause = 0;

            /**
             * Entry accusers.
             * @member {Array.<string>} accusers
             * @memberof weft.gossip.Entry
             * @instance
             */
            Entry.prototype.accusers = $util.emptyArray;

            /**
             * Entry echoes.
             * @member {Array.<weft.gossip.Echo.$Properties>} echoes
             * @memberof weft.gossip.Entry
             * @instance
             */
            Entry.prototype.echoes = $util.emptyArray;

            /**
             * Creates a new Entry instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Entry
             * @static
             * @param {weft.gossip.Entry.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Entry} Entry instance
             * @type {{
             *   (properties: weft.gossip.Entry.$Shape): weft.gossip.Entry & weft.gossip.Entry.$Shape;
             *   (properties?: weft.gossip.Entry.$Properties): weft.gossip.Entry;
             * }}
             */
            Entry.create = function(properties) {
                return new Entry(properties);
            };

            /**
             * Encodes the specified Entry message. Does not implicitly {@link weft.gossip.Entry.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Entry
             * @static
             * @param {weft.gossip.Entry.$Properties} message Entry message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Entry.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.id);
                if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && message.incarnation !== 0)
                    writer.uint32(/* id 2, wireType 5 =*/21).fixed32(message.incarnation);
                if (message.nonce != null && $Object.hasOwnProperty.call(message, "nonce") && message.nonce !== 0)
                    writer.uint32(/* id 3, wireType 5 =*/29).fixed32(message.nonce);
                if (message.facts != null && $Object.hasOwnProperty.call(message, "facts"))
                    $root.weft.gossip.Facts.encode(message.facts, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.state != null && $Object.hasOwnProperty.call(message, "state") && message.state !== 0)
                    writer.uint32(/* id 5, wireType 0 =*/40).int32(message.state);
                if (message.cause != null && $Object.hasOwnProperty.call(message, "cause") && message.cause !== 0)
                    writer.uint32(/* id 6, wireType 0 =*/48).int32(message.cause);
                if (message.accusers != null && message.accusers.length)
                    for (let i = 0; i < message.accusers.length; ++i)
                        writer.uint32(/* id 7, wireType 2 =*/58).string(message.accusers[i]);
                if (message.echoes != null && message.echoes.length)
                    for (let i = 0; i < message.echoes.length; ++i)
                        $root.weft.gossip.Echo.encode(message.echoes[i], writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Entry message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Entry
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Entry & weft.gossip.Entry.$Shape} Entry
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Entry.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Entry();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 5)
                                break;
                            if (value = reader.fixed32())
                                message.incarnation = value;
                            else
                                delete message.incarnation;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 5)
                                break;
                            if (value = reader.fixed32())
                                message.nonce = value;
                            else
                                delete message.nonce;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            message.facts = $root.weft.gossip.Facts.decode(reader, reader.size(), $undefined, _depth + 1, message.facts);
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.state = value;
                            else
                                delete message.state;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.cause = value;
                            else
                                delete message.cause;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            if (!(message.accusers && message.accusers.length))
                                message.accusers = [];
                            message.accusers.push(reader.stringVerify());
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            if (!(message.echoes && message.echoes.length))
                                message.echoes = [];
                            message.echoes.push($root.weft.gossip.Echo.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Entry;
        })();

        gossip.Failover = (function() {

            /**
             * Properties of a Failover.
             * @typedef {Object} weft.gossip.Failover.$Properties
             * @property {string|null} [from] Failover from
             * @property {string|null} [to] Failover to
             * @property {weft.gossip.Renew.$Properties|null} [renew] Failover renew
             * @property {weft.gossip.RenewAck.$Properties|null} [ack] Failover ack
             * @property {weft.gossip.SilenceQuestion.$Properties|null} [question] Failover question
             * @property {weft.gossip.SilenceAnswer.$Properties|null} [answer] Failover answer
             * @property {weft.gossip.Silent.$Properties|null} [silent] Failover silent
             * @property {weft.gossip.Wish.$Properties|null} [wish] Failover wish
             * @property {weft.gossip.Claims.$Properties|null} [claims] Failover claims
             * @property {weft.gossip.Claims.$Properties|null} [outranked] Failover outranked
             * @property {"renew"|"ack"|"question"|"answer"|"silent"|"wish"|"claims"|"outranked"} [message] Failover message
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Failover.
             * @memberof weft.gossip
             * @interface IFailover
             * @augments weft.gossip.Failover.$Properties
             * @deprecated Use weft.gossip.Failover.$Properties instead.
             */

            /**
             * Narrowed shape of a Failover.
             * @typedef {{
             *   from?: string|null;
             *   to?: string|null;
             *   renew?: weft.gossip.Renew.$Shape|null;
             *   ack?: weft.gossip.RenewAck.$Shape|null;
             *   question?: weft.gossip.SilenceQuestion.$Shape|null;
             *   answer?: weft.gossip.SilenceAnswer.$Shape|null;
             *   silent?: weft.gossip.Silent.$Shape|null;
             *   wish?: weft.gossip.Wish.$Shape|null;
             *   claims?: weft.gossip.Claims.$Shape|null;
             *   outranked?: weft.gossip.Claims.$Shape|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ message?: undefined; renew?: null; ack?: null; question?: null; answer?: null; silent?: null; wish?: null; claims?: null; outranked?: null }|{ message?: "renew"; renew: weft.gossip.Renew.$Shape; ack?: null; question?: null; answer?: null; silent?: null; wish?: null; claims?: null; outranked?: null }|{ message?: "ack"; renew?: null; ack: weft.gossip.RenewAck.$Shape; question?: null; answer?: null; silent?: null; wish?: null; claims?: null; outranked?: null }|{ message?: "question"; renew?: null; ack?: null; question: weft.gossip.SilenceQuestion.$Shape; answer?: null; silent?: null; wish?: null; claims?: null; outranked?: null }|{ message?: "answer"; renew?: null; ack?: null; question?: null; answer: weft.gossip.SilenceAnswer.$Shape; silent?: null; wish?: null; claims?: null; outranked?: null }|{ message?: "silent"; renew?: null; ack?: null; question?: null; answer?: null; silent: weft.gossip.Silent.$Shape; wish?: null; claims?: null; outranked?: null }|{ message?: "wish"; renew?: null; ack?: null; question?: null; answer?: null; silent?: null; wish: weft.gossip.Wish.$Shape; claims?: null; outranked?: null }|{ message?: "claims"; renew?: null; ack?: null; question?: null; answer?: null; silent?: null; wish?: null; claims: weft.gossip.Claims.$Shape; outranked?: null }|{ message?: "outranked"; renew?: null; ack?: null; question?: null; answer?: null; silent?: null; wish?: null; claims?: null; outranked: weft.gossip.Claims.$Shape })
             * )} weft.gossip.Failover.$Shape
             */

            /**
             * Constructs a new Failover.
             * @memberof weft.gossip
             * @classdesc Represents a Failover.
             * @constructor
             * @param {weft.gossip.Failover.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Failover = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Failover from.
             * @member {string} from
             * @memberof weft.gossip.Failover
             * @instance
             */
            Failover.prototype.from = "";

            /**
             * Failover to.
             * @member {string} to
             * @memberof weft.gossip.Failover
             * @instance
             */
            Failover.prototype.to = "";

            /**
             * Failover renew.
             * @member {weft.gossip.Renew.$Properties|null|undefined} renew
             * @memberof weft.gossip.Failover
             * @instance
             */
            Failover.prototype.renew = null;

            /**
             * Failover ack.
             * @member {weft.gossip.RenewAck.$Properties|null|undefined} ack
             * @memberof weft.gossip.Failover
             * @instance
             */
            Failover.prototype.ack = null;

            /**
             * Failover question.
             * @member {weft.gossip.SilenceQuestion.$Properties|null|undefined} question
             * @memberof weft.gossip.Failover
             * @instance
             */
            Failover.prototype.question = null;

            /**
             * Failover answer.
             * @member {weft.gossip.SilenceAnswer.$Properties|null|undefined} answer
             * @memberof weft.gossip.Failover
             * @instance
             */
            Failover.prototype.answer = null;

            /**
             * Failover silent.
             * @member {weft.gossip.Silent.$Properties|null|undefined} silent
             * @memberof weft.gossip.Failover
             * @instance
             */
            Failover.prototype.silent = null;

            /**
             * Failover wish.
             * @member {weft.gossip.Wish.$Properties|null|undefined} wish
             * @memberof weft.gossip.Failover
             * @instance
             */
            Failover.prototype.wish = null;

            /**
             * Failover claims.
             * @member {weft.gossip.Claims.$Properties|null|undefined} claims
             * @memberof weft.gossip.Failover
             * @instance
             */
            Failover.prototype.claims = null;

            /**
             * Failover outranked.
             * @member {weft.gossip.Claims.$Properties|null|undefined} outranked
             * @memberof weft.gossip.Failover
             * @instance
             */
            Failover.prototype.outranked = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * Failover message.
             * @member {"renew"|"ack"|"question"|"answer"|"silent"|"wish"|"claims"|"outranked"|undefined} message
             * @memberof weft.gossip.Failover
             * @instance
             */
            $Object.defineProperty(Failover.prototype, "message", {
                get: $util.oneOfGetter($oneOfFields = ["renew", "ack", "question", "answer", "silent", "wish", "claims", "outranked"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Creates a new Failover instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Failover
             * @static
             * @param {weft.gossip.Failover.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Failover} Failover instance
             * @type {{
             *   (properties: weft.gossip.Failover.$Shape): weft.gossip.Failover & weft.gossip.Failover.$Shape;
             *   (properties?: weft.gossip.Failover.$Properties): weft.gossip.Failover;
             * }}
             */
            Failover.create = function(properties) {
                return new Failover(properties);
            };

            /**
             * Encodes the specified Failover message. Does not implicitly {@link weft.gossip.Failover.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Failover
             * @static
             * @param {weft.gossip.Failover.$Properties} message Failover message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Failover.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.from != null && $Object.hasOwnProperty.call(message, "from") && message.from !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.from);
                if (message.to != null && $Object.hasOwnProperty.call(message, "to") && message.to !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.to);
                if (message.renew != null && $Object.hasOwnProperty.call(message, "renew"))
                    $root.weft.gossip.Renew.encode(message.renew, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.ack != null && $Object.hasOwnProperty.call(message, "ack"))
                    $root.weft.gossip.RenewAck.encode(message.ack, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.question != null && $Object.hasOwnProperty.call(message, "question"))
                    $root.weft.gossip.SilenceQuestion.encode(message.question, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                if (message.answer != null && $Object.hasOwnProperty.call(message, "answer"))
                    $root.weft.gossip.SilenceAnswer.encode(message.answer, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.silent != null && $Object.hasOwnProperty.call(message, "silent"))
                    $root.weft.gossip.Silent.encode(message.silent, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.wish != null && $Object.hasOwnProperty.call(message, "wish"))
                    $root.weft.gossip.Wish.encode(message.wish, writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
                if (message.claims != null && $Object.hasOwnProperty.call(message, "claims"))
                    $root.weft.gossip.Claims.encode(message.claims, writer.uint32(/* id 9, wireType 2 =*/74).fork(), _depth + 1).ldelim();
                if (message.outranked != null && $Object.hasOwnProperty.call(message, "outranked"))
                    $root.weft.gossip.Claims.encode(message.outranked, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Failover message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Failover
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Failover & weft.gossip.Failover.$Shape} Failover
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Failover.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Failover();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.from = value;
                            else
                                delete message.from;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.to = value;
                            else
                                delete message.to;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.renew = $root.weft.gossip.Renew.decode(reader, reader.size(), $undefined, _depth + 1, message.renew);
                            message.message = "renew";
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            message.ack = $root.weft.gossip.RenewAck.decode(reader, reader.size(), $undefined, _depth + 1, message.ack);
                            message.message = "ack";
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            message.question = $root.weft.gossip.SilenceQuestion.decode(reader, reader.size(), $undefined, _depth + 1, message.question);
                            message.message = "question";
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            message.answer = $root.weft.gossip.SilenceAnswer.decode(reader, reader.size(), $undefined, _depth + 1, message.answer);
                            message.message = "answer";
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.silent = $root.weft.gossip.Silent.decode(reader, reader.size(), $undefined, _depth + 1, message.silent);
                            message.message = "silent";
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            message.wish = $root.weft.gossip.Wish.decode(reader, reader.size(), $undefined, _depth + 1, message.wish);
                            message.message = "wish";
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            message.claims = $root.weft.gossip.Claims.decode(reader, reader.size(), $undefined, _depth + 1, message.claims);
                            message.message = "claims";
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            message.outranked = $root.weft.gossip.Claims.decode(reader, reader.size(), $undefined, _depth + 1, message.outranked);
                            message.message = "outranked";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Failover;
        })();

        gossip.Renew = (function() {

            /**
             * Properties of a Renew.
             * @typedef {Object} weft.gossip.Renew.$Properties
             * @property {string|null} [host] Renew host
             * @property {number|null} [epoch] Renew epoch
             * @property {number|null} [nonce] Renew nonce
             * @property {string|null} [incarnation] Renew incarnation
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Renew.
             * @memberof weft.gossip
             * @interface IRenew
             * @augments weft.gossip.Renew.$Properties
             * @deprecated Use weft.gossip.Renew.$Properties instead.
             */

            /**
             * Shape of a Renew.
             * @typedef {weft.gossip.Renew.$Properties} weft.gossip.Renew.$Shape
             */

            /**
             * Constructs a new Renew.
             * @memberof weft.gossip
             * @classdesc Represents a Renew.
             * @constructor
             * @param {weft.gossip.Renew.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Renew = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Renew host.
             * @member {string} host
             * @memberof weft.gossip.Renew
             * @instance
             */
            Renew.prototype.host = "";

            /**
             * Renew epoch.
             * @member {number} epoch
             * @memberof weft.gossip.Renew
             * @instance
             */
            Renew.prototype.epoch = 0;

            /**
             * Renew nonce.
             * @member {number} nonce
             * @memberof weft.gossip.Renew
             * @instance
             */
            Renew.prototype.nonce = 0;

            /**
             * Renew incarnation.
             * @member {string} incarnation
             * @memberof weft.gossip.Renew
             * @instance
             */
            Renew.prototype.incarnation = "";

            /**
             * Creates a new Renew instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Renew
             * @static
             * @param {weft.gossip.Renew.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Renew} Renew instance
             * @type {{
             *   (properties: weft.gossip.Renew.$Shape): weft.gossip.Renew & weft.gossip.Renew.$Shape;
             *   (properties?: weft.gossip.Renew.$Properties): weft.gossip.Renew;
             * }}
             */
            Renew.create = function(properties) {
                return new Renew(properties);
            };

            /**
             * Encodes the specified Renew message. Does not implicitly {@link weft.gossip.Renew.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Renew
             * @static
             * @param {weft.gossip.Renew.$Properties} message Renew message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Renew.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.host != null && $Object.hasOwnProperty.call(message, "host") && message.host !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.host);
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && !$Object.is(message.epoch, 0))
                    writer.uint32(/* id 2, wireType 1 =*/17).double(message.epoch);
                if (message.nonce != null && $Object.hasOwnProperty.call(message, "nonce") && !$Object.is(message.nonce, 0))
                    writer.uint32(/* id 3, wireType 1 =*/25).double(message.nonce);
                if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && message.incarnation !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.incarnation);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Renew message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Renew
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Renew & weft.gossip.Renew.$Shape} Renew
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Renew.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Renew();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.host = value;
                            else
                                delete message.host;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.nonce = value;
                            else
                                delete message.nonce;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.incarnation = value;
                            else
                                delete message.incarnation;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Renew;
        })();

        gossip.RenewAck = (function() {

            /**
             * Properties of a RenewAck.
             * @typedef {Object} weft.gossip.RenewAck.$Properties
             * @property {number|null} [epoch] RenewAck epoch
             * @property {number|null} [nonce] RenewAck nonce
             * @property {string|null} [incarnation] RenewAck incarnation
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a RenewAck.
             * @memberof weft.gossip
             * @interface IRenewAck
             * @augments weft.gossip.RenewAck.$Properties
             * @deprecated Use weft.gossip.RenewAck.$Properties instead.
             */

            /**
             * Shape of a RenewAck.
             * @typedef {weft.gossip.RenewAck.$Properties} weft.gossip.RenewAck.$Shape
             */

            /**
             * Constructs a new RenewAck.
             * @memberof weft.gossip
             * @classdesc Represents a RenewAck.
             * @constructor
             * @param {weft.gossip.RenewAck.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const RenewAck = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * RenewAck epoch.
             * @member {number} epoch
             * @memberof weft.gossip.RenewAck
             * @instance
             */
            RenewAck.prototype.epoch = 0;

            /**
             * RenewAck nonce.
             * @member {number} nonce
             * @memberof weft.gossip.RenewAck
             * @instance
             */
            RenewAck.prototype.nonce = 0;

            /**
             * RenewAck incarnation.
             * @member {string} incarnation
             * @memberof weft.gossip.RenewAck
             * @instance
             */
            RenewAck.prototype.incarnation = "";

            /**
             * Creates a new RenewAck instance using the specified properties.
             * @function create
             * @memberof weft.gossip.RenewAck
             * @static
             * @param {weft.gossip.RenewAck.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.RenewAck} RenewAck instance
             * @type {{
             *   (properties: weft.gossip.RenewAck.$Shape): weft.gossip.RenewAck & weft.gossip.RenewAck.$Shape;
             *   (properties?: weft.gossip.RenewAck.$Properties): weft.gossip.RenewAck;
             * }}
             */
            RenewAck.create = function(properties) {
                return new RenewAck(properties);
            };

            /**
             * Encodes the specified RenewAck message. Does not implicitly {@link weft.gossip.RenewAck.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.RenewAck
             * @static
             * @param {weft.gossip.RenewAck.$Properties} message RenewAck message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            RenewAck.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && !$Object.is(message.epoch, 0))
                    writer.uint32(/* id 1, wireType 1 =*/9).double(message.epoch);
                if (message.nonce != null && $Object.hasOwnProperty.call(message, "nonce") && !$Object.is(message.nonce, 0))
                    writer.uint32(/* id 2, wireType 1 =*/17).double(message.nonce);
                if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && message.incarnation !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.incarnation);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a RenewAck message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.RenewAck
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.RenewAck & weft.gossip.RenewAck.$Shape} RenewAck
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            RenewAck.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.RenewAck();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.nonce = value;
                            else
                                delete message.nonce;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.incarnation = value;
                            else
                                delete message.incarnation;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return RenewAck;
        })();

        gossip.SilenceQuestion = (function() {

            /**
             * Properties of a SilenceQuestion.
             * @typedef {Object} weft.gossip.SilenceQuestion.$Properties
             * @property {string|null} [host] SilenceQuestion host
             * @property {number|null} [epoch] SilenceQuestion epoch
             * @property {number|null} [nonce] SilenceQuestion nonce
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a SilenceQuestion.
             * @memberof weft.gossip
             * @interface ISilenceQuestion
             * @augments weft.gossip.SilenceQuestion.$Properties
             * @deprecated Use weft.gossip.SilenceQuestion.$Properties instead.
             */

            /**
             * Shape of a SilenceQuestion.
             * @typedef {weft.gossip.SilenceQuestion.$Properties} weft.gossip.SilenceQuestion.$Shape
             */

            /**
             * Constructs a new SilenceQuestion.
             * @memberof weft.gossip
             * @classdesc Represents a SilenceQuestion.
             * @constructor
             * @param {weft.gossip.SilenceQuestion.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const SilenceQuestion = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * SilenceQuestion host.
             * @member {string} host
             * @memberof weft.gossip.SilenceQuestion
             * @instance
             */
            SilenceQuestion.prototype.host = "";

            /**
             * SilenceQuestion epoch.
             * @member {number} epoch
             * @memberof weft.gossip.SilenceQuestion
             * @instance
             */
            SilenceQuestion.prototype.epoch = 0;

            /**
             * SilenceQuestion nonce.
             * @member {number} nonce
             * @memberof weft.gossip.SilenceQuestion
             * @instance
             */
            SilenceQuestion.prototype.nonce = 0;

            /**
             * Creates a new SilenceQuestion instance using the specified properties.
             * @function create
             * @memberof weft.gossip.SilenceQuestion
             * @static
             * @param {weft.gossip.SilenceQuestion.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.SilenceQuestion} SilenceQuestion instance
             * @type {{
             *   (properties: weft.gossip.SilenceQuestion.$Shape): weft.gossip.SilenceQuestion & weft.gossip.SilenceQuestion.$Shape;
             *   (properties?: weft.gossip.SilenceQuestion.$Properties): weft.gossip.SilenceQuestion;
             * }}
             */
            SilenceQuestion.create = function(properties) {
                return new SilenceQuestion(properties);
            };

            /**
             * Encodes the specified SilenceQuestion message. Does not implicitly {@link weft.gossip.SilenceQuestion.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.SilenceQuestion
             * @static
             * @param {weft.gossip.SilenceQuestion.$Properties} message SilenceQuestion message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            SilenceQuestion.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.host != null && $Object.hasOwnProperty.call(message, "host") && message.host !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.host);
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && !$Object.is(message.epoch, 0))
                    writer.uint32(/* id 2, wireType 1 =*/17).double(message.epoch);
                if (message.nonce != null && $Object.hasOwnProperty.call(message, "nonce") && !$Object.is(message.nonce, 0))
                    writer.uint32(/* id 3, wireType 1 =*/25).double(message.nonce);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a SilenceQuestion message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.SilenceQuestion
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.SilenceQuestion & weft.gossip.SilenceQuestion.$Shape} SilenceQuestion
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            SilenceQuestion.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.SilenceQuestion();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.host = value;
                            else
                                delete message.host;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.nonce = value;
                            else
                                delete message.nonce;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return SilenceQuestion;
        })();

        gossip.SilenceAnswer = (function() {

            /**
             * Properties of a SilenceAnswer.
             * @typedef {Object} weft.gossip.SilenceAnswer.$Properties
             * @property {string|null} [host] SilenceAnswer host
             * @property {number|null} [nonce] SilenceAnswer nonce
             * @property {number|null} [silent] SilenceAnswer silent
             * @property {number|null} [kernelSilent] SilenceAnswer kernelSilent
             * @property {number|null} [kernelWindow] SilenceAnswer kernelWindow
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a SilenceAnswer.
             * @memberof weft.gossip
             * @interface ISilenceAnswer
             * @augments weft.gossip.SilenceAnswer.$Properties
             * @deprecated Use weft.gossip.SilenceAnswer.$Properties instead.
             */

            /**
             * Shape of a SilenceAnswer.
             * @typedef {weft.gossip.SilenceAnswer.$Properties} weft.gossip.SilenceAnswer.$Shape
             */

            /**
             * Constructs a new SilenceAnswer.
             * @memberof weft.gossip
             * @classdesc Represents a SilenceAnswer.
             * @constructor
             * @param {weft.gossip.SilenceAnswer.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const SilenceAnswer = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * SilenceAnswer host.
             * @member {string} host
             * @memberof weft.gossip.SilenceAnswer
             * @instance
             */
            SilenceAnswer.prototype.host = "";

            /**
             * SilenceAnswer nonce.
             * @member {number} nonce
             * @memberof weft.gossip.SilenceAnswer
             * @instance
             */
            SilenceAnswer.prototype.nonce = 0;

            /**
             * SilenceAnswer silent.
             * @member {number} silent
             * @memberof weft.gossip.SilenceAnswer
             * @instance
             */
            SilenceAnswer.prototype.silent = 0;

            /**
             * SilenceAnswer kernelSilent.
             * @member {number} kernelSilent
             * @memberof weft.gossip.SilenceAnswer
             * @instance
             */
            SilenceAnswer.prototype.kernelSilent = 0;

            /**
             * SilenceAnswer kernelWindow.
             * @member {number} kernelWindow
             * @memberof weft.gossip.SilenceAnswer
             * @instance
             */
            SilenceAnswer.prototype.kernelWindow = 0;

            /**
             * Creates a new SilenceAnswer instance using the specified properties.
             * @function create
             * @memberof weft.gossip.SilenceAnswer
             * @static
             * @param {weft.gossip.SilenceAnswer.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.SilenceAnswer} SilenceAnswer instance
             * @type {{
             *   (properties: weft.gossip.SilenceAnswer.$Shape): weft.gossip.SilenceAnswer & weft.gossip.SilenceAnswer.$Shape;
             *   (properties?: weft.gossip.SilenceAnswer.$Properties): weft.gossip.SilenceAnswer;
             * }}
             */
            SilenceAnswer.create = function(properties) {
                return new SilenceAnswer(properties);
            };

            /**
             * Encodes the specified SilenceAnswer message. Does not implicitly {@link weft.gossip.SilenceAnswer.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.SilenceAnswer
             * @static
             * @param {weft.gossip.SilenceAnswer.$Properties} message SilenceAnswer message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            SilenceAnswer.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.host != null && $Object.hasOwnProperty.call(message, "host") && message.host !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.host);
                if (message.nonce != null && $Object.hasOwnProperty.call(message, "nonce") && !$Object.is(message.nonce, 0))
                    writer.uint32(/* id 2, wireType 1 =*/17).double(message.nonce);
                if (message.silent != null && $Object.hasOwnProperty.call(message, "silent") && !$Object.is(message.silent, 0))
                    writer.uint32(/* id 3, wireType 1 =*/25).double(message.silent);
                if (message.kernelSilent != null && $Object.hasOwnProperty.call(message, "kernelSilent") && !$Object.is(message.kernelSilent, 0))
                    writer.uint32(/* id 4, wireType 1 =*/33).double(message.kernelSilent);
                if (message.kernelWindow != null && $Object.hasOwnProperty.call(message, "kernelWindow") && !$Object.is(message.kernelWindow, 0))
                    writer.uint32(/* id 5, wireType 1 =*/41).double(message.kernelWindow);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a SilenceAnswer message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.SilenceAnswer
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.SilenceAnswer & weft.gossip.SilenceAnswer.$Shape} SilenceAnswer
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            SilenceAnswer.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.SilenceAnswer();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.host = value;
                            else
                                delete message.host;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.nonce = value;
                            else
                                delete message.nonce;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.silent = value;
                            else
                                delete message.silent;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.kernelSilent = value;
                            else
                                delete message.kernelSilent;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.kernelWindow = value;
                            else
                                delete message.kernelWindow;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return SilenceAnswer;
        })();

        gossip.Silent = (function() {

            /**
             * Properties of a Silent.
             * @typedef {Object} weft.gossip.Silent.$Properties
             * @property {string|null} [host] Silent host
             * @property {number|null} [epoch] Silent epoch
             * @property {number|null} [age] Silent age
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Silent.
             * @memberof weft.gossip
             * @interface ISilent
             * @augments weft.gossip.Silent.$Properties
             * @deprecated Use weft.gossip.Silent.$Properties instead.
             */

            /**
             * Shape of a Silent.
             * @typedef {weft.gossip.Silent.$Properties} weft.gossip.Silent.$Shape
             */

            /**
             * Constructs a new Silent.
             * @memberof weft.gossip
             * @classdesc Represents a Silent.
             * @constructor
             * @param {weft.gossip.Silent.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Silent = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Silent host.
             * @member {string} host
             * @memberof weft.gossip.Silent
             * @instance
             */
            Silent.prototype.host = "";

            /**
             * Silent epoch.
             * @member {number} epoch
             * @memberof weft.gossip.Silent
             * @instance
             */
            Silent.prototype.epoch = 0;

            /**
             * Silent age.
             * @member {number} age
             * @memberof weft.gossip.Silent
             * @instance
             */
            Silent.prototype.age = 0;

            /**
             * Creates a new Silent instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Silent
             * @static
             * @param {weft.gossip.Silent.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Silent} Silent instance
             * @type {{
             *   (properties: weft.gossip.Silent.$Shape): weft.gossip.Silent & weft.gossip.Silent.$Shape;
             *   (properties?: weft.gossip.Silent.$Properties): weft.gossip.Silent;
             * }}
             */
            Silent.create = function(properties) {
                return new Silent(properties);
            };

            /**
             * Encodes the specified Silent message. Does not implicitly {@link weft.gossip.Silent.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Silent
             * @static
             * @param {weft.gossip.Silent.$Properties} message Silent message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Silent.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.host != null && $Object.hasOwnProperty.call(message, "host") && message.host !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.host);
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && !$Object.is(message.epoch, 0))
                    writer.uint32(/* id 2, wireType 1 =*/17).double(message.epoch);
                if (message.age != null && $Object.hasOwnProperty.call(message, "age") && !$Object.is(message.age, 0))
                    writer.uint32(/* id 3, wireType 1 =*/25).double(message.age);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Silent message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Silent
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Silent & weft.gossip.Silent.$Shape} Silent
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Silent.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Silent();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.host = value;
                            else
                                delete message.host;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.age = value;
                            else
                                delete message.age;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Silent;
        })();

        gossip.Wish = (function() {

            /**
             * Properties of a Wish.
             * @typedef {Object} weft.gossip.Wish.$Properties
             * @property {weft.gossip.Claim.$Properties|null} [lease] Wish lease
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Wish.
             * @memberof weft.gossip
             * @interface IWish
             * @augments weft.gossip.Wish.$Properties
             * @deprecated Use weft.gossip.Wish.$Properties instead.
             */

            /**
             * Shape of a Wish.
             * @typedef {weft.gossip.Wish.$Properties} weft.gossip.Wish.$Shape
             */

            /**
             * Constructs a new Wish.
             * @memberof weft.gossip
             * @classdesc Represents a Wish.
             * @constructor
             * @param {weft.gossip.Wish.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Wish = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Wish lease.
             * @member {weft.gossip.Claim.$Properties|null|undefined} lease
             * @memberof weft.gossip.Wish
             * @instance
             */
            Wish.prototype.lease = null;

            /**
             * Creates a new Wish instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Wish
             * @static
             * @param {weft.gossip.Wish.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Wish} Wish instance
             * @type {{
             *   (properties: weft.gossip.Wish.$Shape): weft.gossip.Wish & weft.gossip.Wish.$Shape;
             *   (properties?: weft.gossip.Wish.$Properties): weft.gossip.Wish;
             * }}
             */
            Wish.create = function(properties) {
                return new Wish(properties);
            };

            /**
             * Encodes the specified Wish message. Does not implicitly {@link weft.gossip.Wish.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Wish
             * @static
             * @param {weft.gossip.Wish.$Properties} message Wish message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Wish.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.lease != null && $Object.hasOwnProperty.call(message, "lease"))
                    $root.weft.gossip.Claim.encode(message.lease, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Wish message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Wish
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Wish & weft.gossip.Wish.$Shape} Wish
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Wish.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Wish();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.lease = $root.weft.gossip.Claim.decode(reader, reader.size(), $undefined, _depth + 1, message.lease);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Wish;
        })();

        gossip.Claims = (function() {

            /**
             * Properties of a Claims.
             * @typedef {Object} weft.gossip.Claims.$Properties
             * @property {Array.<weft.gossip.Claim.$Properties>|null} [leases] Claims leases
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Claims.
             * @memberof weft.gossip
             * @interface IClaims
             * @augments weft.gossip.Claims.$Properties
             * @deprecated Use weft.gossip.Claims.$Properties instead.
             */

            /**
             * Shape of a Claims.
             * @typedef {weft.gossip.Claims.$Properties} weft.gossip.Claims.$Shape
             */

            /**
             * Constructs a new Claims.
             * @memberof weft.gossip
             * @classdesc Represents a Claims.
             * @constructor
             * @param {weft.gossip.Claims.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Claims = function (properties) {
                this.leases = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Claims leases.
             * @member {Array.<weft.gossip.Claim.$Properties>} leases
             * @memberof weft.gossip.Claims
             * @instance
             */
            Claims.prototype.leases = $util.emptyArray;

            /**
             * Creates a new Claims instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Claims
             * @static
             * @param {weft.gossip.Claims.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Claims} Claims instance
             * @type {{
             *   (properties: weft.gossip.Claims.$Shape): weft.gossip.Claims & weft.gossip.Claims.$Shape;
             *   (properties?: weft.gossip.Claims.$Properties): weft.gossip.Claims;
             * }}
             */
            Claims.create = function(properties) {
                return new Claims(properties);
            };

            /**
             * Encodes the specified Claims message. Does not implicitly {@link weft.gossip.Claims.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Claims
             * @static
             * @param {weft.gossip.Claims.$Properties} message Claims message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Claims.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.leases != null && message.leases.length)
                    for (let i = 0; i < message.leases.length; ++i)
                        $root.weft.gossip.Claim.encode(message.leases[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Claims message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Claims
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Claims & weft.gossip.Claims.$Shape} Claims
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Claims.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Claims();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.leases && message.leases.length))
                                message.leases = [];
                            message.leases.push($root.weft.gossip.Claim.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Claims;
        })();

        gossip.Claim = (function() {

            /**
             * Properties of a Claim.
             * @typedef {Object} weft.gossip.Claim.$Properties
             * @property {string|null} [network] Claim network
             * @property {Uint8Array|null} [subnet] Claim subnet
             * @property {number|null} [length] Claim length
             * @property {number|null} [epoch] Claim epoch
             * @property {string|null} [host] Claim host
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Claim.
             * @memberof weft.gossip
             * @interface IClaim
             * @augments weft.gossip.Claim.$Properties
             * @deprecated Use weft.gossip.Claim.$Properties instead.
             */

            /**
             * Shape of a Claim.
             * @typedef {weft.gossip.Claim.$Properties} weft.gossip.Claim.$Shape
             */

            /**
             * Constructs a new Claim.
             * @memberof weft.gossip
             * @classdesc Represents a Claim.
             * @constructor
             * @param {weft.gossip.Claim.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Claim = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Claim network.
             * @member {string} network
             * @memberof weft.gossip.Claim
             * @instance
             */
            Claim.prototype.network = "";

            /**
             * Claim subnet.
             * @member {Uint8Array} subnet
             * @memberof weft.gossip.Claim
             * @instance
             */
            Claim.prototype.subnet = $util.newBuffer([]);

            /**
             * Claim length.
             * @member {number} length
             * @memberof weft.gossip.Claim
             * @instance
             */
            Claim.prototype.length = 0;

            /**
             * Claim epoch.
             * @member {number} epoch
             * @memberof weft.gossip.Claim
             * @instance
             */
            Claim.prototype.epoch = 0;

            /**
             * Claim host.
             * @member {string} host
             * @memberof weft.gossip.Claim
             * @instance
             */
            Claim.prototype.host = "";

            /**
             * Creates a new Claim instance using the specified properties.
             * @function create
             * @memberof weft.gossip.Claim
             * @static
             * @param {weft.gossip.Claim.$Properties=} [properties] Properties to set
             * @returns {weft.gossip.Claim} Claim instance
             * @type {{
             *   (properties: weft.gossip.Claim.$Shape): weft.gossip.Claim & weft.gossip.Claim.$Shape;
             *   (properties?: weft.gossip.Claim.$Properties): weft.gossip.Claim;
             * }}
             */
            Claim.create = function(properties) {
                return new Claim(properties);
            };

            /**
             * Encodes the specified Claim message. Does not implicitly {@link weft.gossip.Claim.verify|verify} messages.
             * @function encode
             * @memberof weft.gossip.Claim
             * @static
             * @param {weft.gossip.Claim.$Properties} message Claim message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Claim.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.network != null && $Object.hasOwnProperty.call(message, "network") && message.network !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.network);
                if (message.subnet != null && $Object.hasOwnProperty.call(message, "subnet") && message.subnet.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.subnet);
                if (message.length != null && $Object.hasOwnProperty.call(message, "length") && message.length !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.length);
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && !$Object.is(message.epoch, 0))
                    writer.uint32(/* id 4, wireType 1 =*/33).double(message.epoch);
                if (message.host != null && $Object.hasOwnProperty.call(message, "host") && message.host !== "")
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.host);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Claim message from the specified reader or buffer.
             * @function decode
             * @memberof weft.gossip.Claim
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {weft.gossip.Claim & weft.gossip.Claim.$Shape} Claim
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Claim.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.weft.gossip.Claim();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.network = value;
                            else
                                delete message.network;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.subnet = value;
                            else
                                delete message.subnet;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.length = value;
                            else
                                delete message.length;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.host = value;
                            else
                                delete message.host;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Claim;
        })();

        return gossip;
    })();

    return weft;
})();

export {
  $root as default
};
