import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace weft. */
export namespace weft {

    /** Namespace gossip. */
    namespace gossip {

        /**
         * Properties of a Packet.
         * @deprecated Use weft.gossip.Packet.$Properties instead.
         */
        interface IPacket extends weft.gossip.Packet.$Properties {
        }

        /** Represents a Packet. */
        class Packet {

            /**
             * Constructs a new Packet.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Packet.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Packet from. */
            from: string;

            /** Packet incarnation. */
            incarnation: number;

            /** Packet to. */
            to: string;

            /** Packet ping. */
            ping?: (weft.gossip.Probe.$Properties|null);

            /** Packet ack. */
            ack?: (weft.gossip.Probe.$Properties|null);

            /** Packet ask. */
            ask?: (weft.gossip.Ask.$Properties|null);

            /** Packet nack. */
            nack?: (weft.gossip.Probe.$Properties|null);

            /** Packet beat. */
            beat?: (weft.gossip.Beat.$Properties|null);

            /** Packet news. */
            news: weft.gossip.News.$Properties[];

            /** Packet message. */
            message?: ("ping"|"ack"|"ask"|"nack"|"beat");

            /**
             * Creates a new Packet instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Packet instance
             */
            static create(properties: weft.gossip.Packet.$Shape): weft.gossip.Packet & weft.gossip.Packet.$Shape;
            static create(properties?: weft.gossip.Packet.$Properties): weft.gossip.Packet;

            /**
             * Encodes the specified Packet message. Does not implicitly {@link weft.gossip.Packet.verify|verify} messages.
             * @param message Packet message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Packet.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Packet message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Packet & weft.gossip.Packet.$Shape} Packet
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Packet & weft.gossip.Packet.$Shape;
        }

        namespace Packet {

            /** Properties of a Packet. */
            interface $Properties {

                /** Packet from */
                from?: (string|null);

                /** Packet incarnation */
                incarnation?: (number|null);

                /** Packet to */
                to?: (string|null);

                /** Packet ping */
                ping?: (weft.gossip.Probe.$Properties|null);

                /** Packet ack */
                ack?: (weft.gossip.Probe.$Properties|null);

                /** Packet ask */
                ask?: (weft.gossip.Ask.$Properties|null);

                /** Packet nack */
                nack?: (weft.gossip.Probe.$Properties|null);

                /** Packet beat */
                beat?: (weft.gossip.Beat.$Properties|null);

                /** Packet news */
                news?: (weft.gossip.News.$Properties[]|null);

                /** Packet message */
                message?: ("ping"|"ack"|"ask"|"nack"|"beat");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Packet. */
            type $Shape = {
              from?: string|null;
              incarnation?: number|null;
              to?: string|null;
              ping?: weft.gossip.Probe.$Shape|null;
              ack?: weft.gossip.Probe.$Shape|null;
              ask?: weft.gossip.Ask.$Shape|null;
              nack?: weft.gossip.Probe.$Shape|null;
              beat?: weft.gossip.Beat.$Shape|null;
              news?: weft.gossip.News.$Shape[]|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ message?: undefined; ping?: null; ack?: null; ask?: null; nack?: null; beat?: null }|{ message?: "ping"; ping: weft.gossip.Probe.$Shape; ack?: null; ask?: null; nack?: null; beat?: null }|{ message?: "ack"; ping?: null; ack: weft.gossip.Probe.$Shape; ask?: null; nack?: null; beat?: null }|{ message?: "ask"; ping?: null; ack?: null; ask: weft.gossip.Ask.$Shape; nack?: null; beat?: null }|{ message?: "nack"; ping?: null; ack?: null; ask?: null; nack: weft.gossip.Probe.$Shape; beat?: null }|{ message?: "beat"; ping?: null; ack?: null; ask?: null; nack?: null; beat: weft.gossip.Beat.$Shape })
            );
        }

        /**
         * Properties of a Probe.
         * @deprecated Use weft.gossip.Probe.$Properties instead.
         */
        interface IProbe extends weft.gossip.Probe.$Properties {
        }

        /** Represents a Probe. */
        class Probe {

            /**
             * Constructs a new Probe.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Probe.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Probe nonce. */
            nonce: number;

            /** Probe target. */
            target: string;

            /**
             * Creates a new Probe instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Probe instance
             */
            static create(properties: weft.gossip.Probe.$Shape): weft.gossip.Probe & weft.gossip.Probe.$Shape;
            static create(properties?: weft.gossip.Probe.$Properties): weft.gossip.Probe;

            /**
             * Encodes the specified Probe message. Does not implicitly {@link weft.gossip.Probe.verify|verify} messages.
             * @param message Probe message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Probe.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Probe message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Probe & weft.gossip.Probe.$Shape} Probe
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Probe & weft.gossip.Probe.$Shape;
        }

        namespace Probe {

            /** Properties of a Probe. */
            interface $Properties {

                /** Probe nonce */
                nonce?: (number|null);

                /** Probe target */
                target?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Probe. */
            type $Shape = weft.gossip.Probe.$Properties;
        }

        /**
         * Properties of an Ask.
         * @deprecated Use weft.gossip.Ask.$Properties instead.
         */
        interface IAsk extends weft.gossip.Ask.$Properties {
        }

        /** Represents an Ask. */
        class Ask {

            /**
             * Constructs a new Ask.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Ask.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Ask nonce. */
            nonce: number;

            /** Ask target. */
            target: string;

            /** Ask address. */
            address: Uint8Array;

            /** Ask port. */
            port: number;

            /**
             * Creates a new Ask instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Ask instance
             */
            static create(properties: weft.gossip.Ask.$Shape): weft.gossip.Ask & weft.gossip.Ask.$Shape;
            static create(properties?: weft.gossip.Ask.$Properties): weft.gossip.Ask;

            /**
             * Encodes the specified Ask message. Does not implicitly {@link weft.gossip.Ask.verify|verify} messages.
             * @param message Ask message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Ask.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Ask message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Ask & weft.gossip.Ask.$Shape} Ask
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Ask & weft.gossip.Ask.$Shape;
        }

        namespace Ask {

            /** Properties of an Ask. */
            interface $Properties {

                /** Ask nonce */
                nonce?: (number|null);

                /** Ask target */
                target?: (string|null);

                /** Ask address */
                address?: (Uint8Array|null);

                /** Ask port */
                port?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Ask. */
            type $Shape = weft.gossip.Ask.$Properties;
        }

        /**
         * Properties of a Beat.
         * @deprecated Use weft.gossip.Beat.$Properties instead.
         */
        interface IBeat extends weft.gossip.Beat.$Properties {
        }

        /** Represents a Beat. */
        class Beat {

            /**
             * Constructs a new Beat.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Beat.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Beat sequence. */
            sequence: number;

            /** Beat released. */
            released: boolean;

            /**
             * Creates a new Beat instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Beat instance
             */
            static create(properties: weft.gossip.Beat.$Shape): weft.gossip.Beat & weft.gossip.Beat.$Shape;
            static create(properties?: weft.gossip.Beat.$Properties): weft.gossip.Beat;

            /**
             * Encodes the specified Beat message. Does not implicitly {@link weft.gossip.Beat.verify|verify} messages.
             * @param message Beat message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Beat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Beat message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Beat & weft.gossip.Beat.$Shape} Beat
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Beat & weft.gossip.Beat.$Shape;
        }

        namespace Beat {

            /** Properties of a Beat. */
            interface $Properties {

                /** Beat sequence */
                sequence?: (number|null);

                /** Beat released */
                released?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Beat. */
            type $Shape = weft.gossip.Beat.$Properties;
        }

        /**
         * Properties of a News.
         * @deprecated Use weft.gossip.News.$Properties instead.
         */
        interface INews extends weft.gossip.News.$Properties {
        }

        /** Represents a News. */
        class News {

            /**
             * Constructs a new News.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.News.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** News id. */
            id: string;

            /** News incarnation. */
            incarnation: number;

            /** News alive. */
            alive?: (weft.gossip.Alive.$Properties|null);

            /** News suspect. */
            suspect?: (weft.gossip.Suspect.$Properties|null);

            /** News dead. */
            dead?: (weft.gossip.Dead.$Properties|null);

            /** News echo. */
            echo?: (weft.gossip.Echo.$Properties|null);

            /** News news. */
            news?: ("alive"|"suspect"|"dead"|"echo");

            /**
             * Creates a new News instance using the specified properties.
             * @param [properties] Properties to set
             * @returns News instance
             */
            static create(properties: weft.gossip.News.$Shape): weft.gossip.News & weft.gossip.News.$Shape;
            static create(properties?: weft.gossip.News.$Properties): weft.gossip.News;

            /**
             * Encodes the specified News message. Does not implicitly {@link weft.gossip.News.verify|verify} messages.
             * @param message News message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.News.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a News message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.News & weft.gossip.News.$Shape} News
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.News & weft.gossip.News.$Shape;
        }

        namespace News {

            /** Properties of a News. */
            interface $Properties {

                /** News id */
                id?: (string|null);

                /** News incarnation */
                incarnation?: (number|null);

                /** News alive */
                alive?: (weft.gossip.Alive.$Properties|null);

                /** News suspect */
                suspect?: (weft.gossip.Suspect.$Properties|null);

                /** News dead */
                dead?: (weft.gossip.Dead.$Properties|null);

                /** News echo */
                echo?: (weft.gossip.Echo.$Properties|null);

                /** News news */
                news?: ("alive"|"suspect"|"dead"|"echo");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a News. */
            type $Shape = {
              id?: string|null;
              incarnation?: number|null;
              alive?: weft.gossip.Alive.$Shape|null;
              suspect?: weft.gossip.Suspect.$Shape|null;
              dead?: weft.gossip.Dead.$Shape|null;
              echo?: weft.gossip.Echo.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ news?: undefined; alive?: null; suspect?: null; dead?: null; echo?: null }|{ news?: "alive"; alive: weft.gossip.Alive.$Shape; suspect?: null; dead?: null; echo?: null }|{ news?: "suspect"; alive?: null; suspect: weft.gossip.Suspect.$Shape; dead?: null; echo?: null }|{ news?: "dead"; alive?: null; suspect?: null; dead: weft.gossip.Dead.$Shape; echo?: null }|{ news?: "echo"; alive?: null; suspect?: null; dead?: null; echo: weft.gossip.Echo.$Shape })
            );
        }

        /**
         * Properties of an Alive.
         * @deprecated Use weft.gossip.Alive.$Properties instead.
         */
        interface IAlive extends weft.gossip.Alive.$Properties {
        }

        /** Represents an Alive. */
        class Alive {

            /**
             * Constructs a new Alive.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Alive.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Alive nonce. */
            nonce: number;

            /** Alive facts. */
            facts?: (weft.gossip.Facts.$Properties|null);

            /**
             * Creates a new Alive instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Alive instance
             */
            static create(properties: weft.gossip.Alive.$Shape): weft.gossip.Alive & weft.gossip.Alive.$Shape;
            static create(properties?: weft.gossip.Alive.$Properties): weft.gossip.Alive;

            /**
             * Encodes the specified Alive message. Does not implicitly {@link weft.gossip.Alive.verify|verify} messages.
             * @param message Alive message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Alive.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Alive message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Alive & weft.gossip.Alive.$Shape} Alive
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Alive & weft.gossip.Alive.$Shape;
        }

        namespace Alive {

            /** Properties of an Alive. */
            interface $Properties {

                /** Alive nonce */
                nonce?: (number|null);

                /** Alive facts */
                facts?: (weft.gossip.Facts.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Alive. */
            type $Shape = weft.gossip.Alive.$Properties;
        }

        /**
         * Properties of a Facts.
         * @deprecated Use weft.gossip.Facts.$Properties instead.
         */
        interface IFacts extends weft.gossip.Facts.$Properties {
        }

        /** Represents a Facts. */
        class Facts {

            /**
             * Constructs a new Facts.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Facts.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Facts address. */
            address: Uint8Array;

            /** Facts port. */
            port: number;

            /** Facts overlay. */
            overlay: Uint8Array;

            /** Facts version. */
            version: string;

            /** Facts protocolMin. */
            protocolMin: number;

            /** Facts protocolMax. */
            protocolMax: number;

            /**
             * Creates a new Facts instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Facts instance
             */
            static create(properties: weft.gossip.Facts.$Shape): weft.gossip.Facts & weft.gossip.Facts.$Shape;
            static create(properties?: weft.gossip.Facts.$Properties): weft.gossip.Facts;

            /**
             * Encodes the specified Facts message. Does not implicitly {@link weft.gossip.Facts.verify|verify} messages.
             * @param message Facts message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Facts.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Facts message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Facts & weft.gossip.Facts.$Shape} Facts
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Facts & weft.gossip.Facts.$Shape;
        }

        namespace Facts {

            /** Properties of a Facts. */
            interface $Properties {

                /** Facts address */
                address?: (Uint8Array|null);

                /** Facts port */
                port?: (number|null);

                /** Facts overlay */
                overlay?: (Uint8Array|null);

                /** Facts version */
                version?: (string|null);

                /** Facts protocolMin */
                protocolMin?: (number|null);

                /** Facts protocolMax */
                protocolMax?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Facts. */
            type $Shape = weft.gossip.Facts.$Properties;
        }

        /**
         * Properties of a Suspect.
         * @deprecated Use weft.gossip.Suspect.$Properties instead.
         */
        interface ISuspect extends weft.gossip.Suspect.$Properties {
        }

        /** Represents a Suspect. */
        class Suspect {

            /**
             * Constructs a new Suspect.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Suspect.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Suspect from. */
            from: string;

            /**
             * Creates a new Suspect instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Suspect instance
             */
            static create(properties: weft.gossip.Suspect.$Shape): weft.gossip.Suspect & weft.gossip.Suspect.$Shape;
            static create(properties?: weft.gossip.Suspect.$Properties): weft.gossip.Suspect;

            /**
             * Encodes the specified Suspect message. Does not implicitly {@link weft.gossip.Suspect.verify|verify} messages.
             * @param message Suspect message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Suspect.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Suspect message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Suspect & weft.gossip.Suspect.$Shape} Suspect
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Suspect & weft.gossip.Suspect.$Shape;
        }

        namespace Suspect {

            /** Properties of a Suspect. */
            interface $Properties {

                /** Suspect from */
                from?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Suspect. */
            type $Shape = weft.gossip.Suspect.$Properties;
        }

        /** Cause enum. */
        enum Cause {

            /** CAUSE_UNKNOWN value */
            CAUSE_UNKNOWN = 0,

            /** ECHO value */
            ECHO = 1,

            /** TIMEOUT value */
            TIMEOUT = 2,

            /** LEFT value */
            LEFT = 3
        }

        /**
         * Properties of a Dead.
         * @deprecated Use weft.gossip.Dead.$Properties instead.
         */
        interface IDead extends weft.gossip.Dead.$Properties {
        }

        /** Represents a Dead. */
        class Dead {

            /**
             * Constructs a new Dead.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Dead.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Dead from. */
            from: string;

            /** Dead cause. */
            cause: weft.gossip.Cause;

            /**
             * Creates a new Dead instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Dead instance
             */
            static create(properties: weft.gossip.Dead.$Shape): weft.gossip.Dead & weft.gossip.Dead.$Shape;
            static create(properties?: weft.gossip.Dead.$Properties): weft.gossip.Dead;

            /**
             * Encodes the specified Dead message. Does not implicitly {@link weft.gossip.Dead.verify|verify} messages.
             * @param message Dead message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Dead.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Dead message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Dead & weft.gossip.Dead.$Shape} Dead
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Dead & weft.gossip.Dead.$Shape;
        }

        namespace Dead {

            /** Properties of a Dead. */
            interface $Properties {

                /** Dead from */
                from?: (string|null);

                /** Dead cause */
                cause?: (weft.gossip.Cause|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Dead. */
            type $Shape = weft.gossip.Dead.$Properties;
        }

        /** EchoResult enum. */
        enum EchoResult {

            /** RESULT_UNKNOWN value */
            RESULT_UNKNOWN = 0,

            /** ANSWERED value */
            ANSWERED = 1,

            /** UNDERLAY_ONLY value */
            UNDERLAY_ONLY = 2,

            /** SILENT value */
            SILENT = 3,

            /** STREAM_ONLY value */
            STREAM_ONLY = 4
        }

        /**
         * Properties of an Echo.
         * @deprecated Use weft.gossip.Echo.$Properties instead.
         */
        interface IEcho extends weft.gossip.Echo.$Properties {
        }

        /** Represents an Echo. */
        class Echo {

            /**
             * Constructs a new Echo.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Echo.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Echo observer. */
            observer: string;

            /** Echo session. */
            session: number;

            /** Echo sequence. */
            sequence: number;

            /** Echo result. */
            result: weft.gossip.EchoResult;

            /**
             * Creates a new Echo instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Echo instance
             */
            static create(properties: weft.gossip.Echo.$Shape): weft.gossip.Echo & weft.gossip.Echo.$Shape;
            static create(properties?: weft.gossip.Echo.$Properties): weft.gossip.Echo;

            /**
             * Encodes the specified Echo message. Does not implicitly {@link weft.gossip.Echo.verify|verify} messages.
             * @param message Echo message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Echo.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Echo message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Echo & weft.gossip.Echo.$Shape} Echo
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Echo & weft.gossip.Echo.$Shape;
        }

        namespace Echo {

            /** Properties of an Echo. */
            interface $Properties {

                /** Echo observer */
                observer?: (string|null);

                /** Echo session */
                session?: (number|null);

                /** Echo sequence */
                sequence?: (number|null);

                /** Echo result */
                result?: (weft.gossip.EchoResult|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Echo. */
            type $Shape = weft.gossip.Echo.$Properties;
        }

        /**
         * Properties of a Stream.
         * @deprecated Use weft.gossip.Stream.$Properties instead.
         */
        interface IStream extends weft.gossip.Stream.$Properties {
        }

        /** Represents a Stream. */
        class Stream {

            /**
             * Constructs a new Stream.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Stream.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Stream from. */
            from: string;

            /** Stream ping. */
            ping?: (weft.gossip.Probe.$Properties|null);

            /** Stream ack. */
            ack?: (weft.gossip.Probe.$Properties|null);

            /** Stream state. */
            state?: (weft.gossip.State.$Properties|null);

            /** Stream body. */
            body?: ("ping"|"ack"|"state");

            /**
             * Creates a new Stream instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Stream instance
             */
            static create(properties: weft.gossip.Stream.$Shape): weft.gossip.Stream & weft.gossip.Stream.$Shape;
            static create(properties?: weft.gossip.Stream.$Properties): weft.gossip.Stream;

            /**
             * Encodes the specified Stream message. Does not implicitly {@link weft.gossip.Stream.verify|verify} messages.
             * @param message Stream message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Stream.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Stream message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Stream & weft.gossip.Stream.$Shape} Stream
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Stream & weft.gossip.Stream.$Shape;
        }

        namespace Stream {

            /** Properties of a Stream. */
            interface $Properties {

                /** Stream from */
                from?: (string|null);

                /** Stream ping */
                ping?: (weft.gossip.Probe.$Properties|null);

                /** Stream ack */
                ack?: (weft.gossip.Probe.$Properties|null);

                /** Stream state */
                state?: (weft.gossip.State.$Properties|null);

                /** Stream body */
                body?: ("ping"|"ack"|"state");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Stream. */
            type $Shape = {
              from?: string|null;
              ping?: weft.gossip.Probe.$Shape|null;
              ack?: weft.gossip.Probe.$Shape|null;
              state?: weft.gossip.State.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ body?: undefined; ping?: null; ack?: null; state?: null }|{ body?: "ping"; ping: weft.gossip.Probe.$Shape; ack?: null; state?: null }|{ body?: "ack"; ping?: null; ack: weft.gossip.Probe.$Shape; state?: null }|{ body?: "state"; ping?: null; ack?: null; state: weft.gossip.State.$Shape })
            );
        }

        /**
         * Properties of a State.
         * @deprecated Use weft.gossip.State.$Properties instead.
         */
        interface IState extends weft.gossip.State.$Properties {
        }

        /** Represents a State. */
        class State {

            /**
             * Constructs a new State.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.State.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** State entries. */
            entries: weft.gossip.Entry.$Properties[];

            /**
             * Creates a new State instance using the specified properties.
             * @param [properties] Properties to set
             * @returns State instance
             */
            static create(properties: weft.gossip.State.$Shape): weft.gossip.State & weft.gossip.State.$Shape;
            static create(properties?: weft.gossip.State.$Properties): weft.gossip.State;

            /**
             * Encodes the specified State message. Does not implicitly {@link weft.gossip.State.verify|verify} messages.
             * @param message State message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.State.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a State message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.State & weft.gossip.State.$Shape} State
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.State & weft.gossip.State.$Shape;
        }

        namespace State {

            /** Properties of a State. */
            interface $Properties {

                /** State entries */
                entries?: (weft.gossip.Entry.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a State. */
            type $Shape = weft.gossip.State.$Properties;
        }

        /** MemberState enum. */
        enum MemberState {

            /** STATE_UNKNOWN value */
            STATE_UNKNOWN = 0,

            /** ALIVE value */
            ALIVE = 1,

            /** SUSPECTED value */
            SUSPECTED = 2,

            /** DEAD value */
            DEAD = 3,

            /** GONE value */
            GONE = 4
        }

        /**
         * Properties of an Entry.
         * @deprecated Use weft.gossip.Entry.$Properties instead.
         */
        interface IEntry extends weft.gossip.Entry.$Properties {
        }

        /** Represents an Entry. */
        class Entry {

            /**
             * Constructs a new Entry.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Entry.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Entry id. */
            id: string;

            /** Entry incarnation. */
            incarnation: number;

            /** Entry nonce. */
            nonce: number;

            /** Entry facts. */
            facts?: (weft.gossip.Facts.$Properties|null);

            /** Entry state. */
            state: weft.gossip.MemberState;

            /** Entry cause. */
            cause: weft.gossip.Cause;

            /** Entry accusers. */
            accusers: string[];

            /** Entry echoes. */
            echoes: weft.gossip.Echo.$Properties[];

            /**
             * Creates a new Entry instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Entry instance
             */
            static create(properties: weft.gossip.Entry.$Shape): weft.gossip.Entry & weft.gossip.Entry.$Shape;
            static create(properties?: weft.gossip.Entry.$Properties): weft.gossip.Entry;

            /**
             * Encodes the specified Entry message. Does not implicitly {@link weft.gossip.Entry.verify|verify} messages.
             * @param message Entry message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Entry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Entry message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Entry & weft.gossip.Entry.$Shape} Entry
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Entry & weft.gossip.Entry.$Shape;
        }

        namespace Entry {

            /** Properties of an Entry. */
            interface $Properties {

                /** Entry id */
                id?: (string|null);

                /** Entry incarnation */
                incarnation?: (number|null);

                /** Entry nonce */
                nonce?: (number|null);

                /** Entry facts */
                facts?: (weft.gossip.Facts.$Properties|null);

                /** Entry state */
                state?: (weft.gossip.MemberState|null);

                /** Entry cause */
                cause?: (weft.gossip.Cause|null);

                /** Entry accusers */
                accusers?: (string[]|null);

                /** Entry echoes */
                echoes?: (weft.gossip.Echo.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Entry. */
            type $Shape = weft.gossip.Entry.$Properties;
        }
    }
}
