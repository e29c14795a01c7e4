// Smoothing as TensorBoard draws it: the exponential mean, with the bias of its start taken out (Kingma & Ba 2015, section 3).

export function smoothed(y, weight) {
  let mean = 0, count = 0;
  return y.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    mean = weight * mean + (1 - weight) * value;
    count += 1;
    return mean / (1 - weight ** count);
  });
}
