/** Documents that differ from one another, as far as words do. */
export function sentences(number: number): string {
  const words = Array.from({ length: 12 }, (_, index) => {
    const mark = (number * 7919 + index * 104_729).toString(36)
    return `In place ${mark} somebody called ${mark}a asks the assistant about ${mark}b and hears why.`
  })
  return words.join(' ')
}
