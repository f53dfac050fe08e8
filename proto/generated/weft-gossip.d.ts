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

            /** Packet path. */
            path?: (weft.gossip.Path.$Properties|null);

            /** Packet news. */
            news: weft.gossip.News.$Properties[];

            /** Packet message. */
            message?: ("ping"|"ack"|"ask"|"nack"|"beat"|"path");

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

                /** Packet path */
                path?: (weft.gossip.Path.$Properties|null);

                /** Packet news */
                news?: (weft.gossip.News.$Properties[]|null);

                /** Packet message */
                message?: ("ping"|"ack"|"ask"|"nack"|"beat"|"path");

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
              path?: weft.gossip.Path.$Shape|null;
              news?: weft.gossip.News.$Shape[]|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ message?: undefined; ping?: null; ack?: null; ask?: null; nack?: null; beat?: null; path?: null }|{ message?: "ping"; ping: weft.gossip.Probe.$Shape; ack?: null; ask?: null; nack?: null; beat?: null; path?: null }|{ message?: "ack"; ping?: null; ack: weft.gossip.Probe.$Shape; ask?: null; nack?: null; beat?: null; path?: null }|{ message?: "ask"; ping?: null; ack?: null; ask: weft.gossip.Ask.$Shape; nack?: null; beat?: null; path?: null }|{ message?: "nack"; ping?: null; ack?: null; ask?: null; nack: weft.gossip.Probe.$Shape; beat?: null; path?: null }|{ message?: "beat"; ping?: null; ack?: null; ask?: null; nack?: null; beat: weft.gossip.Beat.$Shape; path?: null }|{ message?: "path"; ping?: null; ack?: null; ask?: null; nack?: null; beat?: null; path: weft.gossip.Path.$Shape })
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

            /** Beat every. */
            every: number;

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

                /** Beat every */
                every?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Beat. */
            type $Shape = weft.gossip.Beat.$Properties;
        }

        /**
         * Properties of a Path.
         * @deprecated Use weft.gossip.Path.$Properties instead.
         */
        interface IPath extends weft.gossip.Path.$Properties {
        }

        /** Represents a Path. */
        class Path {

            /**
             * Constructs a new Path.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Path.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Path bout. */
            bout: number;

            /** Path step. */
            step: weft.gossip.PathStep;

            /** Path slots. */
            slots: weft.gossip.PathSlot.$Properties[];

            /** Path got. */
            got: number[];

            /**
             * Creates a new Path instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Path instance
             */
            static create(properties: weft.gossip.Path.$Shape): weft.gossip.Path & weft.gossip.Path.$Shape;
            static create(properties?: weft.gossip.Path.$Properties): weft.gossip.Path;

            /**
             * Encodes the specified Path message. Does not implicitly {@link weft.gossip.Path.verify|verify} messages.
             * @param message Path message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Path.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Path message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Path & weft.gossip.Path.$Shape} Path
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Path & weft.gossip.Path.$Shape;
        }

        namespace Path {

            /** Properties of a Path. */
            interface $Properties {

                /** Path bout */
                bout?: (number|null);

                /** Path step */
                step?: (weft.gossip.PathStep|null);

                /** Path slots */
                slots?: (weft.gossip.PathSlot.$Properties[]|null);

                /** Path got */
                got?: (number[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Path. */
            type $Shape = weft.gossip.Path.$Properties;
        }

        /** PathStep enum. */
        enum PathStep {

            /** STEP_UNKNOWN value */
            STEP_UNKNOWN = 0,

            /** OPEN value */
            OPEN = 1,

            /** OPENED value */
            OPENED = 2,

            /** CLOSE value */
            CLOSE = 3,

            /** CLOSED value */
            CLOSED = 4
        }

        /**
         * Properties of a PathSlot.
         * @deprecated Use weft.gossip.PathSlot.$Properties instead.
         */
        interface IPathSlot extends weft.gossip.PathSlot.$Properties {
        }

        /** Represents a PathSlot. */
        class PathSlot {

            /**
             * Constructs a new PathSlot.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.PathSlot.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PathSlot overlay. */
            overlay: boolean;

            /** PathSlot size. */
            size: number;

            /** PathSlot count. */
            count: number;

            /**
             * Creates a new PathSlot instance using the specified properties.
             * @param [properties] Properties to set
             * @returns PathSlot instance
             */
            static create(properties: weft.gossip.PathSlot.$Shape): weft.gossip.PathSlot & weft.gossip.PathSlot.$Shape;
            static create(properties?: weft.gossip.PathSlot.$Properties): weft.gossip.PathSlot;

            /**
             * Encodes the specified PathSlot message. Does not implicitly {@link weft.gossip.PathSlot.verify|verify} messages.
             * @param message PathSlot message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.PathSlot.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PathSlot message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.PathSlot & weft.gossip.PathSlot.$Shape} PathSlot
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.PathSlot & weft.gossip.PathSlot.$Shape;
        }

        namespace PathSlot {

            /** Properties of a PathSlot. */
            interface $Properties {

                /** PathSlot overlay */
                overlay?: (boolean|null);

                /** PathSlot size */
                size?: (number|null);

                /** PathSlot count */
                count?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PathSlot. */
            type $Shape = weft.gossip.PathSlot.$Properties;
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

            /** Facts keys. */
            keys: number[];

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

                /** Facts keys */
                keys?: (number[]|null);

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

        /**
         * Properties of a Failover.
         * @deprecated Use weft.gossip.Failover.$Properties instead.
         */
        interface IFailover extends weft.gossip.Failover.$Properties {
        }

        /** Represents a Failover. */
        class Failover {

            /**
             * Constructs a new Failover.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Failover.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Failover from. */
            from: string;

            /** Failover to. */
            to: string;

            /** Failover renew. */
            renew?: (weft.gossip.Renew.$Properties|null);

            /** Failover ack. */
            ack?: (weft.gossip.RenewAck.$Properties|null);

            /** Failover question. */
            question?: (weft.gossip.SilenceQuestion.$Properties|null);

            /** Failover answer. */
            answer?: (weft.gossip.SilenceAnswer.$Properties|null);

            /** Failover silent. */
            silent?: (weft.gossip.Silent.$Properties|null);

            /** Failover wish. */
            wish?: (weft.gossip.Wish.$Properties|null);

            /** Failover claims. */
            claims?: (weft.gossip.Claims.$Properties|null);

            /** Failover outranked. */
            outranked?: (weft.gossip.Claims.$Properties|null);

            /** Failover message. */
            message?: ("renew"|"ack"|"question"|"answer"|"silent"|"wish"|"claims"|"outranked");

            /**
             * Creates a new Failover instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Failover instance
             */
            static create(properties: weft.gossip.Failover.$Shape): weft.gossip.Failover & weft.gossip.Failover.$Shape;
            static create(properties?: weft.gossip.Failover.$Properties): weft.gossip.Failover;

            /**
             * Encodes the specified Failover message. Does not implicitly {@link weft.gossip.Failover.verify|verify} messages.
             * @param message Failover message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Failover.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Failover message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Failover & weft.gossip.Failover.$Shape} Failover
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Failover & weft.gossip.Failover.$Shape;
        }

        namespace Failover {

            /** Properties of a Failover. */
            interface $Properties {

                /** Failover from */
                from?: (string|null);

                /** Failover to */
                to?: (string|null);

                /** Failover renew */
                renew?: (weft.gossip.Renew.$Properties|null);

                /** Failover ack */
                ack?: (weft.gossip.RenewAck.$Properties|null);

                /** Failover question */
                question?: (weft.gossip.SilenceQuestion.$Properties|null);

                /** Failover answer */
                answer?: (weft.gossip.SilenceAnswer.$Properties|null);

                /** Failover silent */
                silent?: (weft.gossip.Silent.$Properties|null);

                /** Failover wish */
                wish?: (weft.gossip.Wish.$Properties|null);

                /** Failover claims */
                claims?: (weft.gossip.Claims.$Properties|null);

                /** Failover outranked */
                outranked?: (weft.gossip.Claims.$Properties|null);

                /** Failover message */
                message?: ("renew"|"ack"|"question"|"answer"|"silent"|"wish"|"claims"|"outranked");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Failover. */
            type $Shape = {
              from?: string|null;
              to?: string|null;
              renew?: weft.gossip.Renew.$Shape|null;
              ack?: weft.gossip.RenewAck.$Shape|null;
              question?: weft.gossip.SilenceQuestion.$Shape|null;
              answer?: weft.gossip.SilenceAnswer.$Shape|null;
              silent?: weft.gossip.Silent.$Shape|null;
              wish?: weft.gossip.Wish.$Shape|null;
              claims?: weft.gossip.Claims.$Shape|null;
              outranked?: weft.gossip.Claims.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ message?: undefined; renew?: null; ack?: null; question?: null; answer?: null; silent?: null; wish?: null; claims?: null; outranked?: null }|{ message?: "renew"; renew: weft.gossip.Renew.$Shape; ack?: null; question?: null; answer?: null; silent?: null; wish?: null; claims?: null; outranked?: null }|{ message?: "ack"; renew?: null; ack: weft.gossip.RenewAck.$Shape; question?: null; answer?: null; silent?: null; wish?: null; claims?: null; outranked?: null }|{ message?: "question"; renew?: null; ack?: null; question: weft.gossip.SilenceQuestion.$Shape; answer?: null; silent?: null; wish?: null; claims?: null; outranked?: null }|{ message?: "answer"; renew?: null; ack?: null; question?: null; answer: weft.gossip.SilenceAnswer.$Shape; silent?: null; wish?: null; claims?: null; outranked?: null }|{ message?: "silent"; renew?: null; ack?: null; question?: null; answer?: null; silent: weft.gossip.Silent.$Shape; wish?: null; claims?: null; outranked?: null }|{ message?: "wish"; renew?: null; ack?: null; question?: null; answer?: null; silent?: null; wish: weft.gossip.Wish.$Shape; claims?: null; outranked?: null }|{ message?: "claims"; renew?: null; ack?: null; question?: null; answer?: null; silent?: null; wish?: null; claims: weft.gossip.Claims.$Shape; outranked?: null }|{ message?: "outranked"; renew?: null; ack?: null; question?: null; answer?: null; silent?: null; wish?: null; claims?: null; outranked: weft.gossip.Claims.$Shape })
            );
        }

        /**
         * Properties of a Renew.
         * @deprecated Use weft.gossip.Renew.$Properties instead.
         */
        interface IRenew extends weft.gossip.Renew.$Properties {
        }

        /** Represents a Renew. */
        class Renew {

            /**
             * Constructs a new Renew.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Renew.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Renew host. */
            host: string;

            /** Renew epoch. */
            epoch: number;

            /** Renew nonce. */
            nonce: number;

            /** Renew incarnation. */
            incarnation: string;

            /**
             * Creates a new Renew instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Renew instance
             */
            static create(properties: weft.gossip.Renew.$Shape): weft.gossip.Renew & weft.gossip.Renew.$Shape;
            static create(properties?: weft.gossip.Renew.$Properties): weft.gossip.Renew;

            /**
             * Encodes the specified Renew message. Does not implicitly {@link weft.gossip.Renew.verify|verify} messages.
             * @param message Renew message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Renew.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Renew message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Renew & weft.gossip.Renew.$Shape} Renew
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Renew & weft.gossip.Renew.$Shape;
        }

        namespace Renew {

            /** Properties of a Renew. */
            interface $Properties {

                /** Renew host */
                host?: (string|null);

                /** Renew epoch */
                epoch?: (number|null);

                /** Renew nonce */
                nonce?: (number|null);

                /** Renew incarnation */
                incarnation?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Renew. */
            type $Shape = weft.gossip.Renew.$Properties;
        }

        /**
         * Properties of a RenewAck.
         * @deprecated Use weft.gossip.RenewAck.$Properties instead.
         */
        interface IRenewAck extends weft.gossip.RenewAck.$Properties {
        }

        /** Represents a RenewAck. */
        class RenewAck {

            /**
             * Constructs a new RenewAck.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.RenewAck.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** RenewAck epoch. */
            epoch: number;

            /** RenewAck nonce. */
            nonce: number;

            /** RenewAck incarnation. */
            incarnation: string;

            /**
             * Creates a new RenewAck instance using the specified properties.
             * @param [properties] Properties to set
             * @returns RenewAck instance
             */
            static create(properties: weft.gossip.RenewAck.$Shape): weft.gossip.RenewAck & weft.gossip.RenewAck.$Shape;
            static create(properties?: weft.gossip.RenewAck.$Properties): weft.gossip.RenewAck;

            /**
             * Encodes the specified RenewAck message. Does not implicitly {@link weft.gossip.RenewAck.verify|verify} messages.
             * @param message RenewAck message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.RenewAck.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a RenewAck message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.RenewAck & weft.gossip.RenewAck.$Shape} RenewAck
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.RenewAck & weft.gossip.RenewAck.$Shape;
        }

        namespace RenewAck {

            /** Properties of a RenewAck. */
            interface $Properties {

                /** RenewAck epoch */
                epoch?: (number|null);

                /** RenewAck nonce */
                nonce?: (number|null);

                /** RenewAck incarnation */
                incarnation?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a RenewAck. */
            type $Shape = weft.gossip.RenewAck.$Properties;
        }

        /**
         * Properties of a SilenceQuestion.
         * @deprecated Use weft.gossip.SilenceQuestion.$Properties instead.
         */
        interface ISilenceQuestion extends weft.gossip.SilenceQuestion.$Properties {
        }

        /** Represents a SilenceQuestion. */
        class SilenceQuestion {

            /**
             * Constructs a new SilenceQuestion.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.SilenceQuestion.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SilenceQuestion host. */
            host: string;

            /** SilenceQuestion epoch. */
            epoch: number;

            /** SilenceQuestion nonce. */
            nonce: number;

            /**
             * Creates a new SilenceQuestion instance using the specified properties.
             * @param [properties] Properties to set
             * @returns SilenceQuestion instance
             */
            static create(properties: weft.gossip.SilenceQuestion.$Shape): weft.gossip.SilenceQuestion & weft.gossip.SilenceQuestion.$Shape;
            static create(properties?: weft.gossip.SilenceQuestion.$Properties): weft.gossip.SilenceQuestion;

            /**
             * Encodes the specified SilenceQuestion message. Does not implicitly {@link weft.gossip.SilenceQuestion.verify|verify} messages.
             * @param message SilenceQuestion message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.SilenceQuestion.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SilenceQuestion message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.SilenceQuestion & weft.gossip.SilenceQuestion.$Shape} SilenceQuestion
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.SilenceQuestion & weft.gossip.SilenceQuestion.$Shape;
        }

        namespace SilenceQuestion {

            /** Properties of a SilenceQuestion. */
            interface $Properties {

                /** SilenceQuestion host */
                host?: (string|null);

                /** SilenceQuestion epoch */
                epoch?: (number|null);

                /** SilenceQuestion nonce */
                nonce?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SilenceQuestion. */
            type $Shape = weft.gossip.SilenceQuestion.$Properties;
        }

        /**
         * Properties of a SilenceAnswer.
         * @deprecated Use weft.gossip.SilenceAnswer.$Properties instead.
         */
        interface ISilenceAnswer extends weft.gossip.SilenceAnswer.$Properties {
        }

        /** Represents a SilenceAnswer. */
        class SilenceAnswer {

            /**
             * Constructs a new SilenceAnswer.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.SilenceAnswer.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SilenceAnswer host. */
            host: string;

            /** SilenceAnswer nonce. */
            nonce: number;

            /** SilenceAnswer silent. */
            silent: number;

            /** SilenceAnswer kernelSilent. */
            kernelSilent: number;

            /** SilenceAnswer kernelWindow. */
            kernelWindow: number;

            /**
             * Creates a new SilenceAnswer instance using the specified properties.
             * @param [properties] Properties to set
             * @returns SilenceAnswer instance
             */
            static create(properties: weft.gossip.SilenceAnswer.$Shape): weft.gossip.SilenceAnswer & weft.gossip.SilenceAnswer.$Shape;
            static create(properties?: weft.gossip.SilenceAnswer.$Properties): weft.gossip.SilenceAnswer;

            /**
             * Encodes the specified SilenceAnswer message. Does not implicitly {@link weft.gossip.SilenceAnswer.verify|verify} messages.
             * @param message SilenceAnswer message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.SilenceAnswer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SilenceAnswer message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.SilenceAnswer & weft.gossip.SilenceAnswer.$Shape} SilenceAnswer
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.SilenceAnswer & weft.gossip.SilenceAnswer.$Shape;
        }

        namespace SilenceAnswer {

            /** Properties of a SilenceAnswer. */
            interface $Properties {

                /** SilenceAnswer host */
                host?: (string|null);

                /** SilenceAnswer nonce */
                nonce?: (number|null);

                /** SilenceAnswer silent */
                silent?: (number|null);

                /** SilenceAnswer kernelSilent */
                kernelSilent?: (number|null);

                /** SilenceAnswer kernelWindow */
                kernelWindow?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SilenceAnswer. */
            type $Shape = weft.gossip.SilenceAnswer.$Properties;
        }

        /**
         * Properties of a Silent.
         * @deprecated Use weft.gossip.Silent.$Properties instead.
         */
        interface ISilent extends weft.gossip.Silent.$Properties {
        }

        /** Represents a Silent. */
        class Silent {

            /**
             * Constructs a new Silent.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Silent.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Silent host. */
            host: string;

            /** Silent epoch. */
            epoch: number;

            /** Silent age. */
            age: number;

            /**
             * Creates a new Silent instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Silent instance
             */
            static create(properties: weft.gossip.Silent.$Shape): weft.gossip.Silent & weft.gossip.Silent.$Shape;
            static create(properties?: weft.gossip.Silent.$Properties): weft.gossip.Silent;

            /**
             * Encodes the specified Silent message. Does not implicitly {@link weft.gossip.Silent.verify|verify} messages.
             * @param message Silent message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Silent.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Silent message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Silent & weft.gossip.Silent.$Shape} Silent
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Silent & weft.gossip.Silent.$Shape;
        }

        namespace Silent {

            /** Properties of a Silent. */
            interface $Properties {

                /** Silent host */
                host?: (string|null);

                /** Silent epoch */
                epoch?: (number|null);

                /** Silent age */
                age?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Silent. */
            type $Shape = weft.gossip.Silent.$Properties;
        }

        /**
         * Properties of a Wish.
         * @deprecated Use weft.gossip.Wish.$Properties instead.
         */
        interface IWish extends weft.gossip.Wish.$Properties {
        }

        /** Represents a Wish. */
        class Wish {

            /**
             * Constructs a new Wish.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Wish.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Wish lease. */
            lease?: (weft.gossip.Claim.$Properties|null);

            /**
             * Creates a new Wish instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Wish instance
             */
            static create(properties: weft.gossip.Wish.$Shape): weft.gossip.Wish & weft.gossip.Wish.$Shape;
            static create(properties?: weft.gossip.Wish.$Properties): weft.gossip.Wish;

            /**
             * Encodes the specified Wish message. Does not implicitly {@link weft.gossip.Wish.verify|verify} messages.
             * @param message Wish message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Wish.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Wish message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Wish & weft.gossip.Wish.$Shape} Wish
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Wish & weft.gossip.Wish.$Shape;
        }

        namespace Wish {

            /** Properties of a Wish. */
            interface $Properties {

                /** Wish lease */
                lease?: (weft.gossip.Claim.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Wish. */
            type $Shape = weft.gossip.Wish.$Properties;
        }

        /**
         * Properties of a Claims.
         * @deprecated Use weft.gossip.Claims.$Properties instead.
         */
        interface IClaims extends weft.gossip.Claims.$Properties {
        }

        /** Represents a Claims. */
        class Claims {

            /**
             * Constructs a new Claims.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Claims.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Claims leases. */
            leases: weft.gossip.Claim.$Properties[];

            /**
             * Creates a new Claims instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Claims instance
             */
            static create(properties: weft.gossip.Claims.$Shape): weft.gossip.Claims & weft.gossip.Claims.$Shape;
            static create(properties?: weft.gossip.Claims.$Properties): weft.gossip.Claims;

            /**
             * Encodes the specified Claims message. Does not implicitly {@link weft.gossip.Claims.verify|verify} messages.
             * @param message Claims message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Claims.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Claims message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Claims & weft.gossip.Claims.$Shape} Claims
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Claims & weft.gossip.Claims.$Shape;
        }

        namespace Claims {

            /** Properties of a Claims. */
            interface $Properties {

                /** Claims leases */
                leases?: (weft.gossip.Claim.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Claims. */
            type $Shape = weft.gossip.Claims.$Properties;
        }

        /**
         * Properties of a Claim.
         * @deprecated Use weft.gossip.Claim.$Properties instead.
         */
        interface IClaim extends weft.gossip.Claim.$Properties {
        }

        /** Represents a Claim. */
        class Claim {

            /**
             * Constructs a new Claim.
             * @param [properties] Properties to set
             */
            constructor(properties?: weft.gossip.Claim.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Claim network. */
            network: string;

            /** Claim subnet. */
            subnet: Uint8Array;

            /** Claim length. */
            length: number;

            /** Claim epoch. */
            epoch: number;

            /** Claim host. */
            host: string;

            /**
             * Creates a new Claim instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Claim instance
             */
            static create(properties: weft.gossip.Claim.$Shape): weft.gossip.Claim & weft.gossip.Claim.$Shape;
            static create(properties?: weft.gossip.Claim.$Properties): weft.gossip.Claim;

            /**
             * Encodes the specified Claim message. Does not implicitly {@link weft.gossip.Claim.verify|verify} messages.
             * @param message Claim message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: weft.gossip.Claim.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Claim message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {weft.gossip.Claim & weft.gossip.Claim.$Shape} Claim
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): weft.gossip.Claim & weft.gossip.Claim.$Shape;
        }

        namespace Claim {

            /** Properties of a Claim. */
            interface $Properties {

                /** Claim network */
                network?: (string|null);

                /** Claim subnet */
                subnet?: (Uint8Array|null);

                /** Claim length */
                length?: (number|null);

                /** Claim epoch */
                epoch?: (number|null);

                /** Claim host */
                host?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Claim. */
            type $Shape = weft.gossip.Claim.$Properties;
        }
    }
}
