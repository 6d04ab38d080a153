// The peer: what a careful Node developer would write with Fastify and sharp.
import fastify from "fastify";
import multipart from "@fastify/multipart";
import sharp from "sharp";

const MB = 1024 * 1024;
const app = fastify({ bodyLimit: 100 * MB });
await app.register(multipart, { limits: { fileSize: 100 * MB } });

const picture = async (request) => (await request.file()).toBuffer();

app.post("/resize", async (request, reply) => {
  const result = sharp(await picture(request)).resize(800).jpeg({ quality: 80 });
  return reply.type("image/jpeg").send(await result.toBuffer());
});

app.post("/webp", async (request, reply) => {
  const result = sharp(await picture(request)).webp({ quality: 80 });
  return reply.type("image/webp").send(await result.toBuffer());
});

app.post("/smaller-than/:bytes", async (request, reply) => {
  const input = await picture(request);
  let [low, high, best] = [1, 100, Buffer.alloc(0)];
  while (low <= high) {
    const quality = Math.floor((low + high) / 2);
    const data = await sharp(input).jpeg({ quality }).toBuffer();
    if (data.length <= Number(request.params.bytes)) [low, best] = [quality + 1, data];
    else high = quality - 1;
  }
  return reply.type("image/jpeg").send(best);
});

await app.listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
